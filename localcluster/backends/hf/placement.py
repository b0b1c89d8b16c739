"""Where a model's weights go and in which precision: decided before they are read, from numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from localcluster.backends.memory import UNPACKING_BYTES, free_ram
from localcluster.errors import ModelError

if TYPE_CHECKING:
    import torch

Quantize = Literal["auto", "nf4", "none"]

#: Share of the free GPU memory that 16-bit weights may take. The rest is for hidden states and caches of
#: long batches; a model that needs more is loaded in 4 bit.
COMFORTABLE = 0.5
#: Bytes per weight of NF4, with the constants of its blocks and the 16-bit embedding matrices.
NF4_BYTES = 0.75
#: Memory beside the weights: the libraries, one batch of states.
WORKING_BYTES = 300e6
_DTYPES = ("float32", "bfloat16", "float16")


@dataclass(frozen=True)
class Placement:
    """How to load a model.

    Attributes
    ----------
    device : str
        ``"cpu"``, ``"cuda:0"``, ``"mps"``.
    dtype : str
        Name of a torch dtype; of the computation when ``nf4``.
    nf4 : bool
        Whether weights are quantized to 4 bit by bitsandbytes while loading.
    """

    device: str
    dtype: str
    nf4: bool

    @property
    def quantization(self) -> str:
        """As :class:`~localcluster.backends.base.ModelInfo` records it."""
        return "nf4" if self.nf4 else self.dtype

    @property
    def torch_dtype(self) -> torch.dtype:
        """The dtype itself."""
        import torch

        return getattr(torch, self.dtype)  # type: ignore[no-any-return]


def place(
    n_weights: int,
    *,
    device: str | None,
    dtype: str | None,
    quantize: Quantize,
    can_quantize: bool = True,
    unpacking: bool = False,
) -> Placement:
    """Choose device and precision, and check that the weights fit.

    On a GPU, weights stay in 16 bit when they take at most :data:`COMFORTABLE` of its free memory,
    and are loaded in 4 bit otherwise. On a CPU they are bfloat16 where it computes in bfloat16
    (3 to 4 times faster than float32 there), else float32; 4 bit only when asked for.

    Parameters
    ----------
    device : str or None
        None takes a CUDA GPU if there is one.
    dtype : {"float32", "bfloat16", "float16"} or None
        None decides as above.
    quantize : {"auto", "nf4", "none"}
    can_quantize : bool
        False for files whose weights are already quantized.
    unpacking : bool
        Whether the weights come from a GGUF file, which takes more main memory for a moment.

    Raises
    ------
    ModelError
        A setting is impossible here, or memory does not suffice.
    """
    import torch

    if dtype is not None and dtype not in _DTYPES:
        raise ModelError(f'The precision "{dtype}" is unknown. Use one of: {", ".join(_DTYPES)}.')
    if quantize == "nf4" and not can_quantize:
        raise ModelError(
            "These weights are quantized already and cannot be quantized again to nf4. Use them as they are: "
            'quantize="auto".'
        )
    where = device or ("cuda:0" if torch.cuda.is_available() else "cpu")
    if where == "cuda":
        where = "cuda:0"
    if where.startswith("cuda") and not torch.cuda.is_available():
        raise ModelError(f'The device "{where}" was asked for, but torch sees no CUDA GPU. Use device="cpu".')
    free = free_memory(where)
    on_gpu = where.startswith("cuda")
    precision = dtype or ("bfloat16" if on_gpu or (where == "cpu" and cpu_has_bfloat16()) else "float32")
    wide = n_weights * (4 if precision == "float32" else 2)
    nf4 = quantize == "nf4" or (
        quantize == "auto" and on_gpu and can_quantize and free is not None and wide > COMFORTABLE * free
    )
    needed = (n_weights * NF4_BYTES if nf4 else wide) + WORKING_BYTES
    if unpacking and not on_gpu:
        needed = max(needed, n_weights * UNPACKING_BYTES)
    if free is not None and needed > free:
        raise ModelError(
            f"The model needs about {needed / 1e9:.1f} GB ({n_weights / 1e6:,.0f} million weights, "
            f"{'nf4' if nf4 else precision}), but {free / 1e9:.1f} GB are free on {where}. "
            "Use a smaller model, or a quantized GGUF file of it with llama.cpp (--engine gguf, "
            "engine='gguf')."
        )
    return Placement(where, precision, nf4)


def cpu_has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 matrices natively (AVX-512 BF16 or AMX, SVE on ARM)."""
    import torch

    if not hasattr(torch.cpu, "get_capabilities"):
        return False
    capable = torch.cpu.get_capabilities()
    return any(capable.get(flag) for flag in ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16"))


def free_memory(device: str) -> float | None:
    """Bytes free on a device (on all GPUs together); None where the system does not say."""
    if device.startswith("cuda"):
        import torch

        return float(sum(torch.cuda.mem_get_info(i)[0] for i in range(torch.cuda.device_count())))
    return free_ram()
