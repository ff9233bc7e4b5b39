# SPDX-License-Identifier: GPL-3.0-or-later
"""Ghostcap in simplified Chinese."""

from __future__ import annotations

from typing import Final

LOCALES: Final = ("zh_HANS", "zh_CN")
"""Blender's names for it, new and old."""

MESSAGES: Final = {
    # Video
    "Video": "视频",
    "Choose a video and capture it": "选择视频并捕捉动作",
    "Or drop a video into the viewport": "也可将视频拖入视图",
    "Video to capture; or drop one into the viewport": "要捕捉的视频；也可将其拖入视图",
    "Choose Video": "选择视频",
    "Choose a video to capture; the sidebar then has the button that begins, and what can be said beforehand": (
        "选择要捕捉的视频；随后可在侧栏中设置选项并开始"
    ),
    "Capture Video": "捕捉视频",
    "Capture the motion of everybody in a video, in the background": "在后台捕捉视频中所有人的动作",
    "Options": "选项",
    "What to capture of the video, and what is known about it": "捕捉视频的哪一部分，以及已知信息",
    "Estimator": "估计器",
    "What looks at the video": "用于分析视频的方法",
    "Fast, runs everywhere, downloads no more than 10 MB": "快速，任何机器可用，下载不超过 10 MB",
    "Trim": "裁剪",
    "Part of the Video": "仅捕捉一段",
    "Capture a part of the video only": "只捕捉视频的一部分",
    "Start": "开始",
    "Begin here, in seconds": "从此处开始，单位为秒",
    "End": "结束",
    "Stop here; 0 is the video's end": "到此处结束；0 表示视频结尾",
    "Frame Rate": "帧率",
    "Frames a second to read; 0 is the video's own": "每秒读取的帧数；0 表示视频自身帧率",
    "Person's Height": "人物身高",
    "How tall the main person is; 0 if unknown": "主要人物的身高；未知则为 0",
    "Focal Length": "焦距",
    "Of the lens that filmed, as 35 mm equivalent; 0 if unknown": "拍摄镜头的等效 35 毫米焦距；未知则为 0",
    "Folder": "文件夹",
    "Where captures go; beside the video if empty": "捕捉结果的存放位置；留空则放在视频旁边",
    "Open Preferences": "打开偏好设置",
    "Open the add-on's preferences, where the backend is installed": "打开插件偏好设置，在那里安装后端",
    "{:s} does not exist.": "{:s} 不存在。",
    "{:s}: press Capture Video in the sidebar": "{:s}：请在侧栏中点击“捕捉视频”",
    # Captures
    "Captures": "捕捉",
    "The captures of this scene, and their videos in it": "此场景中的捕捉及其视频",
    "Capture a video or open a capture": "请捕捉视频或打开已有捕捉",
    "Capture a video or open a capture first": "请先捕捉视频或打开已有捕捉",
    "Open Capture": "打开捕捉",
    "Open a capture that was made before: its people appear in the list of tracks, its video behind the camera": (
        "打开已有的捕捉：人物显示在轨迹列表中，视频显示在摄像机背景中"
    ),
    "Close Capture": "关闭捕捉",
    "Take the active capture out of the list; what was built of it, and its files, stay": (
        "将活动捕捉移出列表；已构建的角色和文件保留"
    ),
    "There is no capture in this scene": "此场景中没有捕捉",
    "Locate Capture": "定位捕捉",
    "Say where the active capture is now; its characters follow": "指定活动捕捉现在的位置；其角色随之更新",
    "Locate Video": "定位视频",
    "Say where the video of the active capture is now": "指定活动捕捉的视频现在的位置",
    "The video is gone: {:s}": "找不到视频：{:s}",
    "Where the video is now, if it was moved": "视频移动后的位置",
    "Show Video": "显示视频",
    "Where the scene shows the video, in step with the timeline": "在场景中何处显示视频（与时间线同步）",
    "Off": "关闭",
    "Not at all": "不显示",
    "Camera": "摄像机",
    "Behind the scene when you look through the capture's camera": "通过捕捉摄像机观看时显示在背景中",
    "Plane": "平面",
    "On an image plane behind the people": "显示在人物后方的图像平面上",
    "Both": "两者",
    "Behind the camera and on an image plane": "摄像机背景和图像平面",
    "Look Through Camera": "摄像机视角",
    "Look through the camera that filmed, or back from it": "切换到拍摄摄像机的视角，或返回",
    "Show Tracks": "显示轨迹",
    "Draw the people's boxes and skeletons over the video": "在视频上绘制人物边框和骨架",
    "Add the camera with the video behind it": "添加以视频为背景的摄像机",
    "Set Scene": "设置场景",
    "Give a scene without captures the video's frame rate, length and size": (
        "若场景中尚无捕捉，则采用视频的帧率、长度和尺寸"
    ),
    # Tracks
    "Tracks": "轨迹",
    "The people in the video": "视频中的人物",
    "The people of a capture appear here": "捕捉到的人物显示在这里",
    "Name": "名称",
    "What the person's clip is called": "人物动画片段的名称",
    "Build this person, or merge it with the others ticked": "构建此人物，或与其他勾选的轨迹合并",
    "Coverage": "覆盖率",
    "Confidence": "置信度",
    "Track {:d}, frames {:d} to {:d}": "轨迹 {:d}，第 {:d} 至 {:d} 帧",
    "Seen in {:.0%} of the video": "出现于视频的 {:.0%}",
    "Confidence {:.0%}": "置信度 {:.0%}",
    "Main person": "主要人物",
    "Nobody was found in this video": "此视频中没有发现人物",
    "Merge Tracks": "合并轨迹",
    "Make one track of all ticked ones; they have to be the same person. Gaps between them are bridged": (
        "将所有勾选的轨迹合并为一条；必须是同一人物。中间的空缺会被补全"
    ),
    "Tick two or more tracks of the same person": "请勾选同一人物的两条或更多轨迹",
    "Split Track at Playhead": "在播放头处拆分轨迹",
    "Make two tracks of the active one: the second begins at the current frame": (
        "将活动轨迹拆分为两条：第二条从当前帧开始"
    ),
    "Move the playhead to a frame inside the track": "请将播放头移到轨迹内的某一帧",
    "Trim Track": "裁剪轨迹",
    "Keep a part of the active track": "只保留活动轨迹的一部分",
    "First Frame": "首帧",
    "Frame of the scene to begin at": "开始的场景帧",
    "Last Frame": "末帧",
    "Frame of the scene to end at": "结束的场景帧",
    "Restore Captured Tracks": "恢复捕捉的轨迹",
    "Take back all edits: the tracks as they were captured": "撤销所有编辑，恢复为捕捉时的轨迹",
    "The tracks are as captured": "轨迹未被编辑",
    "Refresh Tracks": "刷新轨迹",
    "Read the list of tracks from disk again": "重新从磁盘读取轨迹列表",
    # Build
    "Build": "构建",
    "Build {:d}": "构建 {:d} 个",
    "Update {:d}": "更新 {:d} 个",
    "Characters of the ticked tracks": "由勾选的轨迹生成角色",
    "Make an armature with keys, and a body, of each ticked track; those built before are brought up to date": (
        "为每条勾选的轨迹生成带关键帧的骨架和身体；已构建的会原地更新"
    ),
    "Body": "身体",
    "Add a body mesh that follows the bones": "添加跟随骨骼的身体网格",
    "Tick the people to build in the list of tracks": "请在轨迹列表中勾选要构建的人物",
    "Built {:s}": "已构建 {:s}",
    # Cleanup
    "Cleanup": "清理",
    "Clean up the active character; nothing is lost, the raw motion stays in the capture": (
        "清理活动角色；不会丢失数据，原始动作保留在捕捉中"
    ),
    "Select a character that Ghostcap built": "请选择由 Ghostcap 构建的角色",
    "Smoothing": "平滑",
    "How to smooth": "平滑的方法",
    "As Captured": "按捕捉结果",
    "Between the raw motion and what the capture made of it": "在原始动作与捕捉结果之间",
    "Gaussian": "高斯",
    "Even smoothing; soft, good for slow motion": "均匀柔和的平滑；适合慢动作",
    "A network that knows how people move: takes out jitter, keeps the snap of a motion": (
        "了解人体运动的神经网络：去除抖动，保留动作的爆发力"
    ),
    "Keeps the height of quick motions": "保留快速动作的幅度",
    "Takes out all that is quicker than people move; usual in biomechanics": ("去除快于人体运动的成分；生物力学中常用"),
    "The smoothest curve near the motion": "最贴近动作的平滑曲线",
    "Smooths what is slow, leaves what is quick; as a live source would look": (
        "平滑慢速部分，保留快速部分；效果类似实时动捕"
    ),
    "Strength": "强度",
    "0 is the raw motion, 1 smooths most": "0 为原始动作，1 为最强平滑",
    "Root Motion": "根运动",
    "Which bone carries the path on the ground": "由哪根骨骼承载地面轨迹",
    "On Root": "在根骨骼上",
    "The bone root carries path and heading on the ground, as game engines want it": (
        "根骨骼承载地面轨迹与朝向，符合游戏引擎的要求"
    ),
    "On Hips": "在髋部上",
    "The hips carry everything, the bone root stays at the origin": "髋部承载全部运动，根骨骼留在原点",
    "In Place": "原地",
    "As On Hips, without travelling": "同“在髋部上”，但不移动",
    "Height": "身高",
    "How tall the person is; body and path grow together": "人物的身高；身体与轨迹一同缩放",
    "Floor": "地面",
    "Lift the person, or lower with a negative value, until the feet stand on the floor": (
        "抬高人物（负值为降低），直到双脚站在地面上"
    ),
    "Facing": "朝向",
    "Turn the clip about where the person stands in the first frame": "绕人物首帧所站位置旋转动画",
    "Begin at Origin": "从原点开始",
    "Begin the clip at the world's origin, facing the front": "使动画从世界原点开始，面向正前方",
    "Begin each clip at the world's origin, facing the front": "使每段动画从世界原点开始，面向正前方",
    "Reset Cleanup": "重置清理",
    "Put all of this character's cleanup back to what was captured": "将此角色的清理设置恢复为捕捉时的状态",
    "Copy Cleanup to Selected": "复制清理到所选",
    "Clean up the selected characters as the active one; each keeps its own height, floor and facing": (
        "按活动角色的设置清理所选角色；各自保留身高、地面和朝向"
    ),
    "Select the other characters as well": "请同时选择其他角色",
    # Ghost
    "Ghost": "幽灵",
    "Show Raw Motion": "显示原始动作",
    "Hide Raw Motion": "隐藏原始动作",
    "Show the raw motion as a stick figure over this character, or hide it: what cleanup changed is seen at once": (
        "以火柴人显示或隐藏原始动作，清理前后的差别一目了然"
    ),
    # Export, import
    "Export": "导出",
    "Export Clip": "导出片段",
    "Write the active character's clip to a file": "将活动角色的动画写入文件",
    "For": "用于",
    "Program the file is meant for": "文件要用于的程序",
    "Any program that reads FBX, glTF or BVH": "任何可读取 FBX、glTF 或 BVH 的程序",
    "GLB, Godot's own choice; FBX works too": "GLB（Godot 首选）；也可用 FBX",
    "FBX for a Humanoid or Generic rig": "FBX，用于 Humanoid 或 Generic 骨架",
    "One FBX per clip, root motion on the bone root": "每段动画一个 FBX，根运动在根骨骼上",
    "Generic": "通用",
    "Format": "格式",
    "As the program likes": "由程序决定",
    "Export Ghostcap Clip": "导出 Ghostcap 片段",
    "Wrote {:s}": "已写入 {:s}",
    "Write the active armature's clip for a game engine or another program": "为游戏引擎或其他程序导出活动骨架的动画",
    "Select an armature or its body": "请选择骨架或其身体",
    "Ghostcap Clip (.fbx/.glb/.bvh)": "Ghostcap 片段 (.fbx/.glb/.bvh)",
    "Ghostcap Capture (capture.json)": "Ghostcap 捕捉 (capture.json)",
    "AMASS Motion (.npz)": "AMASS 动作 (.npz)",
    "Import Ghostcap Capture": "导入 Ghostcap 捕捉",
    "Bring captured people into the scene: armature, keys and body": "将捕捉的人物导入场景：骨架、关键帧和身体",
    "Add the body mesh": "添加身体网格",
    "Import AMASS Motion": "导入 AMASS 动作",
    "Bring motion of the AMASS archive, or of other tools that write its files, into the scene": (
        "将 AMASS 数据集或同格式文件中的动作导入场景"
    ),
    "People": "人物",
    "Main Person": "主要人物",
    "The person the capture recommends": "捕捉推荐的人物",
    "Everybody": "所有人",
    "All people of the capture": "捕捉中的所有人物",
    "Set Scene Frame Rate and Range": "设置场景帧率和范围",
    "Play the scene as the video plays": "使场景按视频播放",
    "Play a scene without captures as the motion plays": "若场景中尚无捕捉，则按动作播放",
    "Imported {:s}": "已导入 {:s}",
    "Open Ghostcap Capture": "打开 Ghostcap 捕捉",
    "Capture with Ghostcap": "用 Ghostcap 捕捉",
    # 4D-Humans
    "4D-Humans / PHALP Tracks (.pkl)": "4D-Humans / PHALP 轨迹 (.pkl)",
    "Import 4D-Humans Tracks": "导入 4D-Humans 轨迹",
    "Bring the people of a file of 4D-Humans (PHALP's demo_*.pkl) in as a capture; nothing in the file is run": (
        "将 4D-Humans 文件（PHALP 的 demo_*.pkl）中的人物导入为捕捉；不会运行文件中的任何代码"
    ),
    "Bring the people of a file of 4D-Humans in as a capture, in the background": (
        "在后台将 4D-Humans 文件中的人物导入为捕捉"
    ),
    "What it was made from": "其来源视频",
    "What it was made from; of demo_dance.pkl, dance.mp4 beside it is found by itself": (
        "其来源视频；对于 demo_dance.pkl，会自动找到旁边的 dance.mp4"
    ),
    "Frames a second, which the file does not tell; 0 is the video's, and 30 without one": (
        "每秒帧数，文件中没有记录；0 表示采用视频的帧率，没有视频时为 30"
    ),
    "Where captures go; beside the file if empty": "捕捉结果的存放位置；留空则放在文件旁边",
    "demo_*.pkl of 4D-Humans": "4D-Humans 的 demo_*.pkl",
    "File": "文件",
    "Import again?": "重新导入？",
    "Import Again": "重新导入",
    # Jobs and backend
    "Waiting": "等待中",
    "Starting": "正在启动",
    "Cancelling": "正在取消",
    "Cancelled": "已取消",
    "Done": "完成",
    "Failed": "失败",
    "Opening the file": "打开文件",
    "Following people": "跟踪人物",
    "Joining tracks": "连接轨迹",
    "Fitting the body": "拟合身体",
    "Finding the ground": "寻找地面",
    "Writing the capture": "写入捕捉",
    "Making the environment": "创建环境",
    "Installing packages": "安装软件包",
    "Checking": "检查",
    "Fetching models": "下载模型",
    "{:d} \u00d7 {:d}, {:g} fps, {:.1f} s": "{:d} \u00d7 {:d}，{:g} 帧/秒，{:.1f} 秒",
    "{:.1f} fps": "{:.1f} 帧/秒",
    "{:s} left": "剩余 {:s}",
    "{:d} waiting": "{:d} 个等待中",
    "Capture Again": "重新捕捉",
    "Capture again?": "重新捕捉？",
    "{:s} exists and will be replaced.": "{:s} 已存在，将被替换。",
    "Nothing is running": "没有正在进行的任务",
    "Choose a video first": "请先选择视频",
    "Choose a file first": "请先选择文件",
    "{:s} is being captured already": "{:s} 正在捕捉中",
    "Capture the motion of everybody in the video chosen above, in the background": (
        "在后台捕捉上方所选视频中所有人的动作"
    ),
}
