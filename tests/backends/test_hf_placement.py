import pytest
import torch

from localcluster.backends.hf import placement
from localcluster.backends.hf.placement import place
from localcluster.backends.memory import free_ram
from localcluster.errors import ModelError

GB = 1_000_000_000


@pytest.fixture
def machine(monkeypatch):
    def set_up(*, gpu_free=None, ram_free=16 * GB, bf16=True):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu_free is not None)
        monkeypatch.setattr(
            placement, "free_memory", lambda device: gpu_free if device.startswith("cuda") else ram_free
        )
        monkeypatch.setattr(placement, "cpu_has_bfloat16", lambda: bf16)

    return set_up


def chosen(n_weights, **settings):
    defaults = {"device": None, "dtype": None, "quantize": "auto"}
    found = place(n_weights, **(defaults | settings))
    return found.device, found.dtype, found.nf4


def test_a_cpu_computes_in_what_it_is_fast_in(machine):
    machine(bf16=True)
    assert chosen(GB) == ("cpu", "bfloat16", False)
    machine(bf16=False)
    assert chosen(GB) == ("cpu", "float32", False)
    assert chosen(GB, dtype="bfloat16") == ("cpu", "bfloat16", False)
    assert chosen(GB, quantize="nf4")[2]


def test_a_gpu_takes_four_bit_when_sixteen_would_crowd_it(machine):
    machine(gpu_free=24 * GB)
    assert chosen(3 * GB) == ("cuda:0", "bfloat16", False)
    assert chosen(8 * GB) == ("cuda:0", "bfloat16", True)
    assert chosen(8 * GB, quantize="none") == ("cuda:0", "bfloat16", False)
    assert chosen(8 * GB, can_quantize=False) == ("cuda:0", "bfloat16", False)
    assert chosen(3 * GB, device="cpu") == ("cpu", "bfloat16", False)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dtype": "int7"}, "int7"),
        ({"device": "cuda"}, "no CUDA GPU"),
        ({"quantize": "nf4", "can_quantize": False}, "quantized already"),
    ],
)
def test_impossible_settings(machine, settings, message):
    machine()
    with pytest.raises(ModelError, match=message):
        chosen(GB, **settings)


def test_too_large_a_model_is_refused_with_numbers(machine):
    machine(ram_free=8 * GB)
    with pytest.raises(ModelError, match=r"needs about 14\.3 GB .* 8\.0 GB are free on cpu"):
        chosen(7 * GB)
    assert chosen(7 * GB, quantize="nf4")[2]
    with pytest.raises(ModelError, match=r"needs about 10\.0 GB"):
        chosen(2 * GB, unpacking=True)
    assert chosen(GB, unpacking=True) == ("cpu", "bfloat16", False)
    machine(ram_free=None)
    chosen(7 * GB)


def test_free_memory_is_what_machine_and_container_leave(tmp_path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9000 kB\nMemAvailable: 5000 kB\n")
    assert free_ram(meminfo, tmp_path) == 5000 * 1024
    (tmp_path / "memory.max").write_text("3000000\n")
    (tmp_path / "memory.current").write_text("2500000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 1000000\n")
    assert free_ram(meminfo, tmp_path) == 1_500_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_ram(meminfo, tmp_path) == 5000 * 1024
    assert free_ram(tmp_path / "none", tmp_path / "none") is None
