import importlib.util
import os
import sys

import gguf
import pytest

from localcluster.backends.hf.quiet import gguf_parsed_once, quiet_and_local


def test_kernels_from_a_hub_cannot_be_imported_while_loading(monkeypatch, tmp_path):
    (tmp_path / "kernels.py").write_text("loaded = True")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "kernels", raising=False)
    with quiet_and_local():
        assert importlib.util.find_spec("kernels") is None
        with pytest.raises(ImportError):
            import kernels
        assert os.environ["HF_HUB_OFFLINE"] == "1"
    import kernels

    assert kernels.loaded
    monkeypatch.delitem(sys.modules, "kernels")


def test_loading_says_nothing_and_leaves_the_settings_of_others(capsys):
    from transformers.utils import logging

    logging.set_verbosity_info()
    try:
        with pytest.raises(ValueError, match="wrong"), quiet_and_local():
            print("a bar", file=sys.stderr)  # noqa: T201
            assert logging.get_verbosity() == logging.ERROR
            raise ValueError("wrong")
        assert logging.get_verbosity() == logging.INFO
    finally:
        logging.set_verbosity_warning()
    assert capsys.readouterr().err == ""


def test_a_file_is_parsed_once_and_the_package_left_as_it_was(monkeypatch):
    parsed = []
    monkeypatch.setattr(gguf, "GGUFReader", parsed.append)
    before = gguf.GGUFReader
    with gguf_parsed_once():
        for _ in range(3):
            gguf.GGUFReader("a.gguf")
    assert parsed == ["a.gguf"]
    assert gguf.GGUFReader is before
