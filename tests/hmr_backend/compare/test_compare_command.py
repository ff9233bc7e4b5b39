# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import av
import cv2
import numpy as np
import pytest

from ghostcap.hmr_backend.cli import main
from ghostcap.hmr_backend.commands.compare import system_language
from ghostcap.hmr_backend.compare.room import draw_text
from ghostcap.hmr_backend.preview import encode_video
from ghostcap.motion.capture import read_capture, write_capture
from ghostcap.motion.compare.angles import ANGLES
from ghostcap.motion.compare.coaching import LANGUAGES, read_lettering, read_words
from ghostcap.motion.skeleton import JOINT, JOINT_NAMES
from ghostcap.tests.synthetic_capture import synthetic_track, write_synthetic_capture


@pytest.fixture(scope="module")
def captures(tmp_path_factory):
    """An athlete, and a user in a folder with a name people give, whose knee is stiff for a while; with a video."""
    folder = tmp_path_factory.mktemp("it's 高尔夫")
    athlete = synthetic_track("walk", frames=40, fps=25.0)
    poses = athlete.poses.copy().reshape(40, 24, 3)
    poses[10:25, JOINT["L_Elbow"], 1] += 0.8
    user = replace(athlete, poses=poses.reshape(40, 72))
    write_synthetic_capture(folder / "pro.capture", athlete)
    write_synthetic_capture(folder / "me.capture", user)
    encode_video(folder / "me.mp4", (np.full((480, 640, 3), 90 + k, np.uint8) for k in range(40)), 25.0)
    capture = read_capture(folder / "me.capture")
    write_capture(folder / "me.capture", replace(capture, video=replace(capture.video, path=str(folder / "me.mp4"))))
    return folder


@pytest.fixture(scope="module")
def report(captures):
    out = captures / "out"
    assert run(captures / "pro.capture", captures / "me.capture", "--out", out) == 0
    return out


def run(*arguments: object) -> int:
    return main(["compare", *(str(argument) for argument in arguments)])


def last_error(capsys) -> dict:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return next(line for line in lines if line["event"] == "error")


def test_the_report_is_one_page_with_everything_in_it(report):
    """A coach sends one file; a phone without network shows it."""
    page = (report / "report.html").read_text(encoding="utf-8")
    HTMLParser().feed(page)
    assert "viewport" in page
    assert not re.search(r"(https?:)?//[a-z]", re.sub(r"base64,[^\"]*", "", page))
    assert page.count("data:image/jpeg;base64,") == len(list((report / "pictures").iterdir()))
    for language in LANGUAGES:
        words = read_words(language)
        assert words["report"]["findings"] in page
        assert words["angles"]["left_elbow_flexion"] in page
        assert words["joints"]["L_Elbow"] in page


def test_the_report_says_what_is_to_be_seen(report):
    """Who can't see the pictures hears of them, in both languages; grey has a name; so has what is folded away."""
    page = (report / "report.html").read_text(encoding="utf-8")
    pictures = re.findall(r'<img alt="([^"]+)" data-en="([^"]+)" data-zh="([^"]+)"', page)
    assert len(pictures) == page.count("<img") > 0
    for shown, english, chinese in pictures:
        assert shown == english != chinese
    for language in LANGUAGES:
        words = read_words(language)["report"]
        assert page.count(words["unjudged"]) == len(pictures)
        folded = re.search(rf"<summary>.*<span class={language}>([^<]*)</span>.*?</summary>", page)
        assert folded
        assert re.fullmatch(words["more_angles"].format(count=r"\d+"), folded[1])


def test_the_numbers_tell_the_elbow(report):
    data = json.loads((report / "report.json").read_text(encoding="utf-8"))
    assert data["findings"][0]["joint"] == "L_Elbow"
    assert 10 <= data["findings"][0]["user_frame"] < 25
    assert "elbow" in data["findings"][0]["text"]["en"]
    assert "左" in data["findings"][0]["text"]["zh"]
    scores = {row["joint"]: row["score"] for row in data["joints"]}
    assert min(scores, key=lambda name: scores[name]) == "L_Elbow"
    assert scores["R_Knee"] == 100


def test_every_frame_has_a_line(report):
    with (report / "report.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    data = json.loads((report / "report.json").read_text(encoding="utf-8"))
    first, last = data["user_frames"]
    assert [int(row["user_frame"]) for row in rows] == list(range(first, last + 1))
    assert float(rows[15 - first]["L_Elbow_degrees"]) == pytest.approx(45.8, abs=8)


def test_the_film_has_the_users_frames(report):
    data = json.loads((report / "report.json").read_text(encoding="utf-8"))
    with av.open(str(report / "comparison.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == data["user_frames"][1] - data["user_frames"][0] + 1
    # Video, ghost, heatmap side by side.
    assert frames[0].shape[1] > 2 * frames[0].shape[0]


def test_the_film_speaks_the_language_asked_for(captures, tmp_path, capsys):
    """A Chinese coach's film has Chinese labels, on every system: none has to have the font."""
    films = {}
    for language in LANGUAGES:
        arguments = ("--out", tmp_path / language, "--language", language, "--user-range", "0.3-1.0")
        assert run(captures / "pro.capture", captures / "me.capture", *arguments) == 0
        with av.open(str(tmp_path / language / "comparison.mp4")) as container:
            films[language] = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
        page = (tmp_path / language / "report.html").read_text(encoding="utf-8")
        assert f'set("{language}"||' in page
    label, rest = np.s_[4:28], np.s_[60:480]
    apart = np.abs(films["en"] - films["zh"])
    assert apart[label].mean() > 5
    assert apart[rest].mean() < 1
    told = capsys.readouterr().out
    assert "运动员" in told
    assert "athlete's" in told


def test_labels_in_pictures_say_what_the_words_say():
    """Who changes a word draws its picture again."""
    for language in LANGUAGES:
        words, drawn = read_words(language)["film"], read_lettering(language)
        assert {key for key, text in words.items() if not text.isascii()} == set(drawn)
        for key, (text, png) in drawn.items():
            assert text == words[key]
            assert cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE).max() > 200


def test_letters_stay_on_their_darkened_ground():
    """Letters drawn twice at two thicknesses lie beside each other, and nobody reads them."""
    image = np.full((60, 400, 3), 128, np.uint8)
    draw_text(image, "You (orange), athlete (green)", (10, 30))
    ground, light = np.nonzero((image < 128).any(-1))[1], np.nonzero((image > 128).all(-1))[1]
    assert 0 <= ground.max() - light.max() <= 8
    assert image.min() >= int(0.35 * 128)


@pytest.mark.parametrize(
    ("spoken", "language"), [("zh_CN.UTF-8", "zh"), ("Chinese (Simplified)_China", "zh"), ("de_DE", "en"), ("C", "en")]
)
def test_the_systems_language_is_taken(monkeypatch, spoken, language):
    for name in ("LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", spoken)
    assert system_language() == language


def test_nothing_is_overwritten_unasked(report, captures, capsys):
    before = (report / "report.html").read_bytes()
    assert run(captures / "pro.capture", captures / "me.capture", "--out", report, "--progress", "json") == 1
    assert last_error(capsys)["code"] == "exists"
    assert (report / "report.html").read_bytes() == before


@pytest.mark.parametrize("kind", ["video", "picture", "folder"])
@pytest.mark.parametrize("obstacle", ["report", "file", "capture", "namesake"])
def test_what_is_in_the_way_is_told_before_anything_is_captured(captures, tmp_path, capsys, kind, obstacle):
    """Capturing takes minutes; to learn only then that the folder is taken is no way to treat people."""
    for place in (tmp_path, tmp_path / "other"):
        place.mkdir(exist_ok=True)
        if kind == "folder":
            (place / "me").mkdir()
            cv2.imwrite(str(place / "me" / "1.png"), np.zeros((48, 64, 3), np.uint8))
        else:
            (place / {"video": "me.mp4", "picture": "me.png"}[kind]).write_bytes(b"never looked into")
    user = next(path for path in tmp_path.iterdir() if path.stem == "me")
    out, athlete = tmp_path / "out", captures / "pro.capture"
    if obstacle == "file":
        out.write_text("a file")
    elif obstacle == "namesake":
        athlete = tmp_path / "other" / user.name
    else:
        there = out / ("report.html" if obstacle == "report" else "me.capture/capture.json")
        there.parent.mkdir(parents=True)
        there.write_bytes((captures / "me.capture" / "capture.json").read_bytes())
    assert run(athlete, user, "--out", out, "--progress", "json") == 1
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["code"] == "exists"
    assert not [event for event in events if event["event"] == "stage"]


def test_without_its_video_the_bodies_are_shown(captures, tmp_path):
    """A capture outlives its video."""
    assert run(captures / "me.capture", captures / "pro.capture", "--out", tmp_path / "out", "--no-video") == 0
    assert read_words("en")["report"]["no_video"] in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert not (tmp_path / "out" / "comparison.mp4").exists()
    assert list((tmp_path / "out" / "pictures").iterdir())


def test_motion_files_and_a_single_frame_work(captures, tmp_path):
    """An .npz of AMASS as the athlete, a picture's capture as the user."""
    track = synthetic_track("walk", frames=30, fps=25.0)
    np.savez(tmp_path / "walk.npz", poses=track.poses, trans=track.trans, betas=track.betas, mocap_framerate=25.0)
    still = synthetic_track("walk", frames=30, fps=25.0)
    one = replace(
        still,
        **{
            name: getattr(still, name)[12:13]
            for name in ("frame", "poses", "trans", "joints", "keypoints_2d", "bbox", "confidence", "observed",
                         "contacts", "camera_trans", "poses_raw", "trans_raw")
        },
    )  # fmt: skip
    write_synthetic_capture(tmp_path / "picture.capture", one)
    assert run(tmp_path / "walk.npz", tmp_path / "picture.capture", "--out", tmp_path / "out") == 0
    data = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert data["by"] == "pose"
    assert data["athlete_frames"][0] == pytest.approx(12, abs=1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nowhere.capture"], "not_found"),
        (["me.capture", "--user-track", "7"], "bad_capture"),
        (["me.capture", "--user-range", "50-60"], "no_frames"),
        (["me.capture", "--by", "golf"], "no_swing"),
        (["me.capture", "--marker", "a=0.2:0.3"], "bad_markers"),
        (["me.mp4.txt"], "bad_video"),
    ],
    ids=["missing", "track", "range", "golf", "marker", "no-video"],
)
def test_what_can_not_be_compared_is_told(captures, tmp_path, capsys, arguments, code):
    """A code for programs, a sentence for people, never a traceback."""
    (captures / "me.mp4.txt").write_text("no video", encoding="utf-8")
    user = captures / arguments[0]
    done = run(captures / "pro.capture", user, *arguments[1:], "--out", tmp_path / "out", "--progress", "json")
    assert done == 1
    error = last_error(capsys)
    assert error["code"] == code
    assert error["message"]
    assert not (tmp_path / "out" / "report.html").exists()


def test_wrong_usage_is_told(captures, tmp_path):
    for wrong in (["--user-range", "4-2"], ["--marker", "top"], ["--by", "magic"]):
        assert run(captures / "pro.capture", captures / "me.capture", "--out", tmp_path, *wrong) == 2


def test_both_languages_have_all_sentences():
    """A finding without words would end the report."""
    english, chinese = (read_words(language) for language in LANGUAGES)
    for table, words in english.items():
        if isinstance(words, dict):
            assert set(words) == set(chinese[table]), table
    for words in (english, chinese):
        names = {angle.name for angle in ANGLES} | {"sway", "thrust", "height", "head_sway", "tempo"}
        assert set(words["more"]) == set(words["less"]) == names
        assert set(words["angles"]) == {angle.key for angle in ANGLES}
        assert set(words["joints"]) == set(JOINT_NAMES)
        for sentence in (*words["more"].values(), *words["less"].values()):
            assert "{size}" in sentence
