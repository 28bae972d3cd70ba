//! What makes power: solar from weather, metered series.
