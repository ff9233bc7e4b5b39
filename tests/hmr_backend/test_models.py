# SPDX-License-Identifier: GPL-3.0-or-later
"""BlazePose's networks: the ones that were measured, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghostcap.hmr_backend.cache import cache_folder
from ghostcap.hmr_backend.models import add_model, ensure_models, models_folder
from ghostcap.hmr_backend.progress import Silent
from ghostcap.motion.errors import GhostcapError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("GHOSTCAP_CACHE", str(tmp_path))
    return tmp_path


def test_offline_without_the_networks_is_told(cache: Path) -> None:
    """`ghostcap capture --offline` on a fresh machine."""
    with pytest.raises(GhostcapError, match="BlazePose's networks") as caught:
        ensure_models(Silent(), offline=True)
    assert caught.value.code == "model_missing"
    assert str(cache) in caught.value.message


def test_an_unknown_network_is_not_taken(cache: Path) -> None:
    """Another version's landmarks would be wrong in ways nobody sees."""
    other = cache / "pose_landmark_heavy.tflite"
    other.write_bytes(b"TFL3 of another version")
    with pytest.raises(GhostcapError, match="is not the network"):
        add_model(other)
    assert not models_folder().exists()
    with pytest.raises(GhostcapError, match="can't be read"):
        add_model(cache / "nowhere.tflite")


def test_the_cache_lies_where_the_system_keeps_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who cleans caches finds it there."""
    monkeypatch.delenv("GHOSTCAP_CACHE")
    assert cache_folder().is_absolute()
    assert cache_folder().is_relative_to(Path.home())
