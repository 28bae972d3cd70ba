//! placeholder
/// x
pub struct Normals;
/// x
pub struct WindModel;
