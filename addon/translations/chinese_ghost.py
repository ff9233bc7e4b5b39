# SPDX-License-Identifier: GPL-3.0-or-later
"""The section Ghost, in simplified Chinese."""

from __future__ import annotations

from typing import Final

MESSAGES: Final = {
    # Choices
    "Compare a user with an athlete": "将用户与运动员比较",
    "User": "用户",
    "Armature whose motion is judged": "要评判其动作的骨架",
    "Athlete": "运动员",
    "Athlete From": "运动员来源",
    "Where the athlete's motion is": "运动员的动作在哪里",
    "Scene": "场景",
    "An armature of this scene": "此场景中的骨架",
    "File": "文件",
    "A person of a capture, or a motion file": "捕捉中的人物，或动作文件",
    "Armature the user is compared with": "用来与用户比较的骨架",
    "Folder or capture.json of the athlete's capture, or a motion file (.npz)": (
        "运动员捕捉的文件夹或 capture.json，或动作文件 (.npz)"
    ),
    "Track": "轨迹",
    "Number of the person in the capture; 0 is the main person": "捕捉中人物的编号；0 表示主要人物",
    "In Step By": "对齐方式",
    "How the two are brought into step; markers win over it": "两段动作如何在时间上对齐；有标记时以标记为准",
    "Automatic": "自动",
    "A golf swing by its moments, exercises by repetitions, anything else by the motion": (
        "高尔夫挥杆按关键时刻，锻炼按重复次数，其他按动作本身"
    ),
    "Golf Swing": "高尔夫挥杆",
    "By address, top, impact and the other moments of a golf swing": "按准备、顶点、击球等挥杆的关键时刻",
    "Repetitions": "重复",
    "Each repetition of the user beside one of the athlete": "用户的每次重复对应运动员的一次",
    "Motion": "动作",
    "By the motion alone": "只按动作本身",
    "Mirror Athlete": "镜像运动员",
    "For an athlete of the other hand": "用于惯用手不同的运动员",
    "Mirror where that fits better": "镜像后更吻合时才镜像",
    "No": "否",
    "Leave the athlete as filmed": "保持运动员拍摄时的样子",
    "Yes": "是",
    "Change left and right of the athlete": "交换运动员的左右",
    "Shape Only": "仅比较姿势",
    "Compare poses alone: how both stand and travel does not count": "只比较姿势：站位、朝向和移动不计入",
    "Scene Range Only": "仅场景范围",
    "Judge the user within the scene's start and end (or preview range), not the whole motion": (
        "只评判场景起止帧（或预览范围）内的用户动作，而非整段动作"
    ),
    "Use Markers": "使用标记",
    "Bring into step by the timeline's markers: for each, the athlete's twin is a pose marker of the same name "
    'in the athlete\'s action, or a timeline marker named "Name (athlete)"': (
        "按时间线标记对齐：每个标记在运动员一方的对应点，是运动员动作中的同名姿态标记，"
        "或名为“名称 (athlete)”的时间线标记"
    ),
    "Load Athlete": "载入运动员",
    "Choose the athlete's capture (its folder or capture.json), or a motion file (.npz)": (
        "选择运动员的捕捉（文件夹或 capture.json），或动作文件 (.npz)"
    ),
    "Athlete: {:s}": "运动员：{:s}",
    "Choose Person": "选择人物",
    "Choose a person of the captures that are open in this scene, or of the athlete's capture": (
        "从此场景中打开的捕捉或运动员的捕捉中选择人物"
    ),
    "Person": "人物",
    "Use Active Object": "使用活动物体",
    "Take the active armature, or the armature of the active body": "使用活动骨架，或活动身体所属的骨架",
    "As": "作为",
    "Whose motion is judged": "其动作将被评判",
    "Whom to compare with": "与其比较",
    "Swap User and Athlete": "交换用户与运动员",
    "Make the athlete the user, and the user the athlete": "让运动员成为用户，用户成为运动员",
    "Both have to be armatures of the scene": "两者都须是场景中的骨架",
    "Select an armature or its body": "请选择骨架或其身体",
    "Choose the user's armature": "请选择用户的骨架",
    "Choose the athlete's armature": "请选择运动员的骨架",
    "Load the athlete's file": "请载入运动员的文件",
    # Comparing
    "Compare": "比较",
    "Comparing": "正在比较",
    "Comparing. Esc cancels": "正在比较。按 Esc 取消",
    "Cancelled": "已取消",
    "Bring the athlete into step with the user, and show where they differ": "让运动员与用户同步，并显示差异所在",
    "Compare Anyway": "仍然比较",
    "Compare even what seems to have no motion in common": "即使两段动作似乎没有共同之处也进行比较",
    "Score {:.0f} of 100; to work on: {:d}": "得分 {:.0f}（满分 100）；需改进：{:d} 处",
    "Remove Comparison": "移除比较",
    "Take the ghost and all colours, arrows and numbers away; the user's armature is as it was before": (
        "移除幽灵及所有颜色、箭头和数字；用户的骨架恢复原样"
    ),
    "There is no comparison in this scene": "此场景中没有比较",
    # What came of it
    "Score": "得分",
    "Nothing could be judged": "无法评判",
    "{:s} beside {:s}": "{:s} 比较 {:s}",
    "In step by your markers": "按您的标记对齐",
    "In step by the golf swing's moments": "按挥杆的关键时刻对齐",
    "In step by repetitions": "按重复对齐",
    "In step by the motion itself": "按动作本身对齐",
    "One picture beside the athlete's most similar moment": "单张画面与运动员最相似的时刻比较",
    "Repetitions: yours {:d}, the athlete's {:d}": "重复次数：您 {:d}，运动员 {:d}",
    "Tempo: yours {:.1f}:1, the athlete's {:.1f}:1": "节奏：您 {:.1f}:1，运动员 {:.1f}:1",
    "The athlete is mirrored": "运动员已镜像",
    "Frames {:d} to {:d}": "第 {:d} 至 {:d} 帧",
    "What to Work On": "改进要点",
    "No difference worth a word: nothing is above what the capture can tell.": (
        "没有值得一提的差异：都在捕捉精度以内。"
    ),
    "Finding": "发现",
    "Its number in the list, from 0": "列表中的编号，从 0 开始",
    "Go to Finding": "转到发现",
    "Go to the frame where this is worst": "转到差异最大的帧",
    "There is no such finding": "没有这条发现",
    "There are no findings": "没有发现",
    "Findings on Timeline": "在时间线上标出发现",
    "Put the findings on the timeline as markers, or take them off; your own markers stay": (
        "将发现作为标记放到时间线上，或移除；您自己的标记保留"
    ),
    "Joints": "关节",
    "Joints, the worst first; a click goes to the worst frame": "关节，差异最大的在前；单击转到差异最大的帧",
    "Not seen": "未看到",
    "Worst at frame {:d}": "第 {:d} 帧差异最大",
    "Seen in {:.0%} of the frames": "在 {:.0%} 的帧中可见",
    "Go to Worst Frame": "转到差异最大的帧",
    "Go to the frame where the joint chosen in the list differs most": "转到列表中所选关节差异最大的帧",
    "Show Graph": "显示曲线",
    "Show how the joints differ over time in the Graph Editor: the worst ones, and the one chosen in the list": (
        "在曲线编辑器中显示关节差异随时间的变化：差异最大的关节和列表中所选的关节"
    ),
    "Compare first": "请先比较",
    "The ghost is gone: compare again": "幽灵已不存在：请重新比较",
    # Display
    "Display": "显示",
    "Show": "显示",
    "Show Ghost": "显示幽灵",
    "Show the athlete's ghost": "显示运动员的幽灵",
    "Show Athlete": "显示运动员",
    "Show the athlete's own armature and body, too, where they stand in the scene": (
        "同时显示运动员自己的骨架和身体（在场景中的原位置）"
    ),
    "Offset": "偏移",
    "Put the ghost beside the user": "将幽灵放到用户旁边",
    "Opacity": "不透明度",
    "How solid the ghost looks": "幽灵的不透明程度",
    "Heatmap": "热力图",
    "Where the difference is painted": "在何处用颜色表示差异",
    "On the user's body": "在用户的身体上",
    "Bones": "骨骼",
    "On the user's bones": "在用户的骨骼上",
    "Nowhere": "不显示",
    "Threshold": "阈值",
    "Arrows and numbers appear from this difference on": "差异达到此值才显示箭头和数字",
    "Colours From": "颜色起点",
    "Difference where the colours begin": "颜色开始变化的差异",
    "To": "至",
    "Colours To": "颜色终点",
    "Difference": "差异",
    "Difference of the worst colour": "最深颜色对应的差异",
    "Arrows": "箭头",
    "From the user's joints to the ghost's, where they differ most": "差异最大处，从用户的关节指向幽灵的关节",
    "Numbers": "数字",
    "Degrees at the joints, where they differ most": "差异最大处，在关节旁显示度数",
    "Colour Bar": "色条",
    "Which colour means how many degrees. Renders have it before the camera in use when switched on": (
        "各颜色对应的度数；渲染时显示在开启此项时的活动摄像机前"
    ),
    "1 where both cameras saw the joint": "双方摄像机都看到该关节时为 1",
    "Degrees where the heatmap's colours begin": "热力图颜色开始变化的度数",
    "Degrees of the heatmap's worst colour": "热力图最深颜色对应的度数",
    "Degrees from which on arrows and numbers appear": "开始显示箭头和数字的度数",
    "Before the Body": "位于身体之前",
    "The ghost itself can't be compared.": "幽灵本身不能用于比较。",
}

PHRASES: Final = {
    # Choosing
    "{} is not in this scene.": "{} 不在此场景中。",
    "It was deleted, or is in another scene: choose again.": "它已被删除，或在另一个场景中：请重新选择。",
    "The ghost itself can't be compared.": "幽灵本身不能用于比较。",
    "Choose the athlete's own armature.": "请选择运动员自己的骨架。",
    "Athlete and user are the same armature.": "运动员和用户是同一个骨架。",
    "Choose another one.": "请另选一个。",
    "{} does not move within frames {} to {}.": "{} 在第 {} 至 {} 帧内没有动作。",
    "Set the scene's range over the motion, or switch Scene Range Only off.": (
        "请让场景范围覆盖该动作，或关闭“仅场景范围”。"
    ),
    "The user's armature was deleted.": "用户的骨架已被删除。",
    "The ghost was deleted.": "幽灵已被删除。",
    "The user is linked from another file, so it can't be painted.": "用户链接自其他文件，因此无法着色。",
    "Make a library override (Object > Library Override), then compare again.": (
        "请创建库重写（物体 > 库重写），然后重新比较。"
    ),
    "This comparison came along from another scene.": "此比较是从另一个场景带过来的。",
    "Remove it here: the other scene keeps its own.": "请在此处移除：另一个场景会保留它自己的比较。",
    "Remove the comparison, or compare again.": "请移除比较，或重新比较。",
    # Armatures and files
    "{} is no armature.": "{} 不是骨架。",
    "Choose the armature that moves it.": "请选择驱动它的骨架。",
    "The armature was deleted.": "骨架已被删除。",
    "The bones of {} are being edited.": "正在编辑 {} 的骨骼。",
    "Leave Edit Mode first.": "请先退出编辑模式。",
    "{} has no motion.": "{} 没有动作。",
    "Give it an action, or choose another one.": "请为它指定动作，或另选一个。",
    "{} is mirrored or flattened by its scale.": "{} 的缩放使其镜像或压扁。",
    "Apply the scale (Object > Apply > Scale).": "请应用缩放（物体 > 应用 > 缩放）。",
    "{} is not in this scene, or switched off in it.": "{} 不在此场景中，或在其中已关闭。",
    "Show it in the viewport while comparing.": "比较时请在视图中显示它。",
    "{} is shown in its rest position.": "{} 显示为静置姿态。",
    "Set it to Pose Position (Object Data > Pose).": "请将其设为姿态位置（物体数据 > 姿态）。",
    "The collection {} is switched off.": "集合 {} 已关闭。",
    "{} is no motion that can be read here.": "{} 不是此处可读取的动作。",
    "Choose the file where it is now.": "请选择该文件现在的位置。",
    "Choose a capture's folder, its capture.json, or a motion file of AMASS (.npz).": (
        "请选择捕捉的文件夹、其 capture.json，或 AMASS 动作文件 (.npz)。"
    ),
    "Capture the video first (Video to Animation), then choose its capture.": ("请先捕捉该视频，然后选择其捕捉结果。"),
    "Import it into the scene first (File > Import), then choose its armature as the athlete.": (
        "请先将其导入场景（文件 > 导入），然后选择其骨架作为运动员。"
    ),
    # What is filled in
    "user": "用户",
    "athlete": "运动员",
    "user and athlete": "用户和运动员",
    # Comparing
    "The two do different things: {}.": "两者做的是不同的动作：{}。",
    "their movements agree by {} where they fit best": "在最相符处动作的一致程度为 {}",
    "joints differ by {} degrees even where they fit best": "即使在最相符处，关节也相差 {} 度",
    # Warnings
    "Only one marker has a twin; two are needed. The markers were not used.": (
        "只有一个标记有对应的另一个；至少需要两个。未使用标记。"
    ),
    "The two were filmed from different sides. What bends towards a camera or away from it is hard to see: "
    "small differences are left out. Film both from the same side to know more.": (
        "两者是从不同方向拍摄的。朝向或远离摄像机的弯曲难以看清：较小的差异已略去。从同一方向拍摄双方可以了解更多。"
    ),
    "In {} of the common part one of the two was not seen; it is not judged.": (
        "共同部分的 {} 中有一方不可见；这些部分不评判。"
    ),
    "One of the clips ends before impact: the backswings are compared.": "其中一个片段在击球前结束：只比较上杆。",
}
