# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs of other makers are recognised by their bones' names; what is missing is said in words."""

from __future__ import annotations

import pytest

from ghostcap.motion.bone_maps import REQUIRED, match_bones, read_bone_maps
from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.skeleton import JOINT, JOINT_NAMES

PARTS = ("Hip", "Knee", "Ankle", "Foot", "Collar", "Shoulder", "Elbow", "Wrist", "Hand")
BACKBONE = ("Pelvis", "Spine1", "Spine2", "Spine3", "Neck", "Head")


def sided(left: str, right: str, *names: str) -> dict[str, str]:
    """Bones of PARTS on both sides; an empty name is left out."""
    sides = (("L_", left), ("R_", right))
    pairs = [(mark + part, name.format(side)) for mark, side in sides for part, name in zip(PARTS, names, strict=True)]
    return {joint: name for joint, name in pairs if name}


def backbone(*names: str) -> dict[str, str]:
    return {joint: name for joint, name in zip(BACKBONE, names, strict=True) if name}


RIGS = {
    "ours": {name: name for name in JOINT_NAMES},
    "mixamo": backbone(*(f"mixamorig:{name}" for name in ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")))
    | sided("Left", "Right", "mixamorig:{}UpLeg", "mixamorig:{}Leg", "mixamorig:{}Foot", "mixamorig:{}ToeBase",
            "mixamorig:{}Shoulder", "mixamorig:{}Arm", "mixamorig:{}ForeArm", "mixamorig:{}Hand",
            "mixamorig:{}HandMiddle1"),
    "mixamo, second in a scene": backbone(
        *(f"mixamorig12_{name}" for name in ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")))
    | sided("Left", "Right", "mixamorig12_{}UpLeg", "mixamorig12_{}Leg", "mixamorig12_{}Foot", "mixamorig12_{}ToeBase",
            "mixamorig12_{}Shoulder", "mixamorig12_{}Arm", "mixamorig12_{}ForeArm", "mixamorig12_{}Hand", ""),
    "ready player me": backbone("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")
    | sided("Left", "Right", "{}UpLeg", "{}Leg", "{}Foot", "{}ToeBase", "{}Shoulder", "{}Arm", "{}ForeArm", "{}Hand",
            "{}HandMiddle1"),
    "cmu bvh": backbone("Hips", "LowerBack", "Spine", "Spine1", "Neck", "Head")
    | sided("Left", "Right", "{}UpLeg", "{}Leg", "{}Foot", "{}ToeBase", "{}Shoulder", "{}Arm", "{}ForeArm", "{}Hand",
            "{}HandIndex1"),
    "rigify": backbone("DEF-spine", "DEF-spine.001", "DEF-spine.002", "DEF-spine.003", "DEF-spine.004", "DEF-spine.006")
    | sided("L", "R", "DEF-thigh.{}", "DEF-shin.{}", "DEF-foot.{}", "DEF-toe.{}", "DEF-shoulder.{}",
            "DEF-upper_arm.{}", "DEF-forearm.{}", "DEF-hand.{}", "DEF-f_middle.01.{}"),
    "rigify metarig": backbone("spine", "spine.001", "spine.002", "spine.003", "spine.004", "spine.006")
    | sided("L", "R", "thigh.{}", "shin.{}", "foot.{}", "toe.{}", "shoulder.{}", "upper_arm.{}", "forearm.{}",
            "hand.{}", "palm.02.{}"),
    "unreal 4": backbone("pelvis", "spine_01", "spine_02", "spine_03", "neck_01", "head")
    | sided("l", "r", "thigh_{}", "calf_{}", "foot_{}", "ball_{}", "clavicle_{}", "upperarm_{}", "lowerarm_{}",
            "hand_{}", "middle_01_{}"),
    "unreal 5": backbone("pelvis", "spine_01", "spine_03", "spine_05", "neck_01", "head")
    | sided("l", "r", "thigh_{}", "calf_{}", "foot_{}", "ball_{}", "clavicle_{}", "upperarm_{}", "lowerarm_{}",
            "hand_{}", "middle_01_{}"),
    "vroid": backbone(
        *(f"J_Bip_C_{name}" for name in ("Hips", "Spine", "Chest", "UpperChest", "Neck", "Head")))
    | sided("L", "R", "J_Bip_{}_UpperLeg", "J_Bip_{}_LowerLeg", "J_Bip_{}_Foot", "J_Bip_{}_ToeBase",
            "J_Bip_{}_Shoulder", "J_Bip_{}_UpperArm", "J_Bip_{}_LowerArm", "J_Bip_{}_Hand", "J_Bip_{}_Middle1"),
    "godot": backbone("Hips", "Spine", "Chest", "UpperChest", "Neck", "Head")
    | sided("Left", "Right", "{}UpperLeg", "{}LowerLeg", "{}Foot", "{}Toes", "{}Shoulder", "{}UpperArm", "{}LowerArm",
            "{}Hand", "{}MiddleProximal"),
    "vrm without an upper chest": backbone("hips", "spine", "", "chest", "neck", "head")
    | sided("left", "right", "{}UpperLeg", "{}LowerLeg", "{}Foot", "{}Toes", "{}Shoulder", "{}UpperArm",
            "{}LowerArm", "{}Hand", ""),
    "xsens": backbone("Pelvis", "L5", "T12", "T8", "Neck", "Head")
    | sided("Left", "Right", "{}UpperLeg", "{}LowerLeg", "{}Foot", "{}Toe", "{}Shoulder", "{}UpperArm", "{}ForeArm",
            "{}Hand", ""),
    "biped": backbone(
        *(f"Bip001 {name}" for name in ("Pelvis", "Spine", "Spine1", "Spine2", "Neck", "Head")))
    | sided("L", "R", "Bip001 {} Thigh", "Bip001 {} Calf", "Bip001 {} Foot", "Bip001 {} Toe0", "Bip001 {} Clavicle",
            "Bip001 {} UpperArm", "Bip001 {} Forearm", "Bip001 {} Hand", "Bip001 {} Finger2"),
    "character creator": backbone("CC_Base_Hip", "CC_Base_Waist", "CC_Base_Spine01", "CC_Base_Spine02",
                                  "CC_Base_NeckTwist01", "CC_Base_Head")
    | sided("L", "R", "CC_Base_{}_Thigh", "CC_Base_{}_Calf", "CC_Base_{}_Foot", "CC_Base_{}_ToeBase",
            "CC_Base_{}_Clavicle", "CC_Base_{}_Upperarm", "CC_Base_{}_Forearm", "CC_Base_{}_Hand", "CC_Base_{}_Mid1"),
    "daz genesis 8": backbone("hip", "abdomenLower", "abdomenUpper", "chestUpper", "neckLower", "head")
    | sided("l", "r", "{}ThighBend", "{}Shin", "{}Foot", "{}Toe", "{}Collar", "{}ShldrBend", "{}ForearmBend",
            "{}Hand", "{}Mid1"),
    "daz genesis 9": backbone("hip", "spine1", "spine3", "spine4", "neck1", "head")
    | sided("l", "r", "{}_thigh", "{}_shin", "{}_foot", "{}_toes", "{}_shoulder", "{}_upperarm", "{}_forearm",
            "{}_hand", "{}_mid1"),
    "makehuman": backbone("root", "spine05", "spine03", "spine01", "neck01", "head")
    | sided("L", "R", "upperleg01.{}", "lowerleg01.{}", "foot.{}", "toe2-1.{}", "clavicle.{}", "upperarm01.{}",
            "lowerarm01.{}", "wrist.{}", "finger3-1.{}"),
    "bvh of joints": backbone("Hips", "Chest", "Chest2", "Chest3", "Neck", "Head")
    | sided("Left", "Right", "{}Hip", "{}Knee", "{}Ankle", "{}Toe", "{}Collar", "{}Shoulder", "{}Elbow", "{}Wrist",
            ""),
    "smpl-x": backbone("pelvis", "spine1", "spine2", "spine3", "neck", "head")
    | sided("left", "right", "{}_hip", "{}_knee", "{}_ankle", "{}_foot", "{}_collar", "{}_shoulder", "{}_elbow",
            "{}_wrist", "{}_middle1"),
    "smpl": backbone(*(f"m_avg_{name}" for name in BACKBONE))
    | sided("L", "R", *(f"m_avg_{{}}_{part}" for part in PARTS)),
    "auto-rig pro": backbone("root.x", "spine_01.x", "", "spine_02.x", "neck.x", "head.x")
    | sided("l", "r", "thigh_stretch.{}", "leg_stretch.{}", "foot.{}", "toes_01.{}", "shoulder.{}", "arm_stretch.{}",
            "forearm_stretch.{}", "hand.{}", "c_middle1.{}"),
    "mmd": backbone("下半身", "上半身", "", "上半身2", "首", "頭")
    | sided("左", "右", "{}足", "{}ひざ", "{}足首", "{}つま先", "{}肩", "{}腕", "{}ひじ", "{}手首", "{}中指１"),
    "mmd in blender": backbone("下半身", "上半身", "", "上半身2", "首", "頭")
    | sided("L", "R", "足.{}", "ひざ.{}", "足首.{}", "つま先.{}", "肩.{}", "腕.{}", "ひじ.{}", "手首.{}", "中指１.{}"),
}  # fmt: skip
EXTRA = {
    "rigify": ["root", "torso", "hips", "chest", "neck", "head", "ORG-spine", "ORG-thigh.L", "MCH-thigh_ik.L",
               "thigh_fk.L", "thigh_ik.L", "DEF-thigh.L.001", "DEF-thigh.R.001", "DEF-upper_arm.L.001",
               "DEF-pelvis.L", "DEF-spine.005", "hand_ik.L", "foot_ik.R", "toe_ik.R", "thigh_parent.L"],
    "unreal 5": ["root", "spine_02", "spine_04", "neck_02", "thigh_twist_01_l", "upperarm_twist_01_r", "ik_foot_root",
                 "ik_foot_l", "ik_hand_gun", "index_01_l", "middle_02_l"],
    "daz genesis 8": ["pelvis", "chestLower", "neckUpper", "lThighTwist", "lShldrTwist", "rForearmTwist", "lEye"],
    "daz genesis 9": ["pelvis", "spine2", "neck2", "l_thightwist1", "l_eye"],
    "bvh of joints": ["End Site"],
    "vroid": ["Root", "J_Sec_Hair1_01", "J_Adj_L_FaceEye"],
    "mmd": ["全ての親", "センター", "左足ＩＫ", "右足ＩＫ"],
    "makehuman": ["spine04", "spine02", "neck02", "upperleg02.L", "pelvis.L", "pelvis.R", "shoulder01.L"],
    "biped": ["Bip001", "Bip001 Footsteps", "Bip001 L Finger0", "Bip001 HeadNub"],
}  # fmt: skip


@pytest.mark.parametrize("kind", RIGS)
def test_a_known_rig_is_recognised_whole(kind: str) -> None:
    """Each joint goes to the bone its maker meant, whatever other bones there are."""
    names = [*EXTRA.get(kind, ()), *RIGS[kind].values()]
    match = match_bones(names, [-1] * len(names))
    assert match.label
    assert {JOINT_NAMES[joint]: bone for joint, bone in match.bones.items()} == RIGS[kind]


def test_every_map_names_what_is_required_and_joints_that_exist() -> None:
    """A slip in a table would make its rig unknown."""
    for kind in read_bone_maps():
        joints = {name for part in kind.bones for name in (part, f"L_{part}", f"R_{part}") if name in JOINT}
        assert set(REQUIRED) <= joints, kind.label
        for part in kind.bones:
            assert part in JOINT or f"L_{part}" in JOINT, (kind.label, part)
            assert all(("{side}" in name) == (part not in JOINT) for name in kind.bones[part]), (kind.label, part)


def test_an_unknown_rig_is_read_by_the_words_in_its_names_and_by_its_hierarchy() -> None:
    """Somebody's own rig: words for limbs, sides before or behind, any names along the back."""
    tree = {
        "rp_eve_mover": "", "rp_eve_pelvis_jnt": "rp_eve_mover", "rp_eve_back_a": "rp_eve_pelvis_jnt",
        "rp_eve_back_b": "rp_eve_back_a", "rp_eve_back_c": "rp_eve_back_b", "rp_eve_back_d": "rp_eve_back_c",
        "rp_eve_neck_jnt": "rp_eve_back_d", "rp_eve_head_jnt": "rp_eve_neck_jnt",
    }  # fmt: skip
    for side in ("Lf", "Rt"):
        chain = {"leg": ("Thigh", "Shin", "Foot", "Toe"), "arm": ("Clavicle", "UpperArm", "LowArm", "Hand")}
        for limb, above in (("leg", "rp_eve_pelvis_jnt"), ("arm", "rp_eve_back_d")):
            parent = above
            for part in chain[limb]:
                name = f"rp_eve_{side}{part}_jnt"
                tree[name], parent = parent, name
            tree[f"rp_eve_{side}{chain[limb][1]}Twist_jnt"] = f"rp_eve_{side}{chain[limb][0]}_jnt"
    names = list(tree)
    parents = [names.index(parent) if parent else -1 for parent in tree.values()]
    match = match_bones(names, parents)
    found = {JOINT_NAMES[joint]: bone for joint, bone in match.bones.items()}
    assert match.label == ""
    assert [found[joint] for joint in BACKBONE] == [
        "rp_eve_pelvis_jnt", "rp_eve_back_a", "rp_eve_back_b", "rp_eve_back_d", "rp_eve_neck_jnt", "rp_eve_head_jnt",
    ]  # fmt: skip
    assert (found["L_Hip"], found["R_Knee"]) == ("rp_eve_LfThigh_jnt", "rp_eve_RtShin_jnt")
    assert (found["L_Collar"], found["R_Elbow"]) == ("rp_eve_LfClavicle_jnt", "rp_eve_RtLowArm_jnt")
    assert len(found) == 22


def test_what_the_user_says_wins_over_names() -> None:
    """A rig with odd names is mapped by hand, bone by bone."""
    names = list(RIGS["godot"].values())
    match = match_bones([*names, "Knie"], [-1] * (len(names) + 1), {"Knie": "L_Knee"})
    assert match.bones[JOINT["L_Knee"]] == "Knie"
    assert match.bones[JOINT["R_Knee"]] == "RightLowerLeg"
    renamed = {f"bone{number}": joint for number, joint in enumerate(REQUIRED)}
    match = match_bones(list(renamed), [-1] * len(renamed), renamed)
    assert {JOINT_NAMES[joint]: bone for joint, bone in match.bones.items()} == {j: b for b, j in renamed.items()}


def test_an_unknown_armature_is_told_what_is_missing_and_what_to_do() -> None:
    """A car has no knees."""
    with pytest.raises(GhostcapError, match="left lower leg.*right lower leg.*ghostcap_joint.*L_Knee") as caught:
        match_bones(
            ["Hips", "Head", *(f"{s}{p}" for s in ("Left", "Right") for p in ("UpperArm", "LowerArm", "UpperLeg"))],
            [-1] * 8,
        )
    assert caught.value.code == "unknown_armature"
    with pytest.raises(GhostcapError, match="hips.*head"):
        match_bones(["wheel.L", "wheel.R", "chassis"], [-1, -1, -1])
    with pytest.raises(GhostcapError, match=r"No joint is called 'Knee' \(bone1\)"):
        match_bones(["bone1"], [-1], {"bone1": "Knee"})
