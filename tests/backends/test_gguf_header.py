from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_gguf import BLOCKS, WIDTH, write_tiny_gguf

from localcluster.backends.gguf.header import read_header
from localcluster.errors import ModelError


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_tiny_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


def test_it_reads_what_was_written(tiny):
    header = read_header(tiny)
    assert header.architecture == "llama"
    assert header.hyper("block_count") == BLOCKS
    assert header.tensors["token_embd.weight"].shape[1] == WIDTH
    assert header.metadata["tokenizer.chat_template"].startswith("{% for")
    np.testing.assert_array_equal(header.read("blk.0.attn_norm.weight"), np.ones(WIDTH))
    whole = header.read("output.weight")
    np.testing.assert_array_equal(header.read("output.weight", slice(5, 9)), whole[5:9])
    assert header.n_parameters > whole.size


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a GGUF file"),
        (b"PK\x03\x04 a wheel, say", "is not a GGUF file"),
        (b"GGUF\x01\0\0\0", "of version 1"),
        (b"GGUF\x03\0\0\0", "cut short"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path, content, message):
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=message):
        read_header(path)


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(ModelError, match=r"No model file at .*models list"):
        read_header(tmp_path / "none.gguf")
    with pytest.raises(ModelError, match="is a folder"):
        read_header(tmp_path)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 0.999))
def test_a_file_cut_anywhere_is_refused(tiny, tmp_path, share):
    content = tiny.read_bytes()
    path = tmp_path / "cut.gguf"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelError):
        read_header(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(4, 4000), value=st.integers(0, 255))
def test_a_changed_byte_gives_a_header_or_an_error_of_ours(tiny, tmp_path, at, value):
    content = bytearray(tiny.read_bytes())
    content[at] = value
    path = tmp_path / "bent.gguf"
    path.write_bytes(content)
    try:
        read_header(path)
    except ModelError as error:
        assert "bent.gguf" in str(error)
