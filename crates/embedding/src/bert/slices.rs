//! The numbers of a candle tensor as a plain slice, to read or to change where they lie.

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Storage, Tensor, bail};

/// Lends a tensor's numbers, row after row.
pub(super) fn read<T>(tensor: &Tensor, visit: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let (storage, layout) = tensor.storage_and_layout();
    match (&*storage, layout.contiguous_offsets()) {
        (Storage::Cpu(CpuStorage::F32(numbers)), Some((start, end))) => {
            Ok(visit(&numbers[start..end]))
        }
        _ => bail!("expected a contiguous tensor of f32 on the CPU"),
    }
}

/// Lends a tensor's numbers for change, row after row.
pub(super) fn edit(tensor: &Tensor, change: impl Fn(&mut [f32])) -> Result<()> {
    tensor.inplace_op1(&Edit(change))
}

struct Edit<F>(F);

impl<F: Fn(&mut [f32])> InplaceOp1 for Edit<F> {
    fn name(&self) -> &'static str {
        "edit"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        match (storage, layout.contiguous_offsets()) {
            (CpuStorage::F32(numbers), Some((start, end))) => {
                (self.0)(&mut numbers[start..end]);
                Ok(())
            }
            _ => bail!("expected a contiguous tensor of f32"),
        }
    }
}
