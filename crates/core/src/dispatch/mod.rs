//! Choice: the strategies, the exact plan of one storage, the rolling horizon.

pub mod exact_plan;
