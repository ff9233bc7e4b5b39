# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of files, videos, captures and motions, in simplified Chinese; see `phrases`."""

from __future__ import annotations

from typing import Final

PHRASES: Final = {
    # Files and disks
    "{} does not exist.": "{} 不存在。",
    "Check the path.": "请检查路径。",
    "It may have been moved; choose it again.": "它可能已被移动；请重新选择。",
    "{} is not a file.": "{} 不是文件。",
    "{} is no .npz file.": "{} 不是 .npz 文件。",
    "{} is missing.": "缺少 {}。",
    "{} exists.": "{} 已存在。",
    "{} exists already.": "{} 已存在。",
    "{} already exists.": "{} 已存在。",
    "Choose Overwrite, or another folder.": "请选择覆盖，或换一个文件夹。",
    "Choose another name or allow overwriting.": "请换一个名称，或允许覆盖。",
    "Use --overwrite to replace it.": "使用 --overwrite 可将其替换。",
    "{} can't be read.": "无法读取 {}。",
    "{} can't be read: {}.": "无法读取 {}：{}。",
    "{} can't be written: {}.": "无法写入 {}：{}。",
    "{} can't be written: access denied.": "无法写入 {}：没有权限。",
    "{} can't be deleted: {}.": "无法删除 {}：{}。",
    "The disk is full.": "磁盘已满。",
    "The disk is full: {} can't be written.": "磁盘已满：无法写入 {}。",
    "Make room.": "请腾出空间。",
    "Make room on the disk.": "请腾出磁盘空间。",
    "Make room, or {}": "请腾出空间，或{}",
    "choose another folder with --out.": "用 --out 指定其他文件夹。",
    "Choose another folder with --out.": "请用 --out 指定其他文件夹。",
    "Make room, or choose another folder in the panel Video, under Options.": (
        "请腾出空间，或在“视频”面板的“选项”中选择其他文件夹。"
    ),
    "Choose another folder in the panel Video, under Options.": "请在“视频”面板的“选项”中选择其他文件夹。",
    "Choose a folder that you may write to.": "请选择有写入权限的文件夹。",
    "Make room there, or set GHOSTCAP_CACHE to another folder.": (
        "请在该处腾出空间，或将 GHOSTCAP_CACHE 设为其他文件夹。"
    ),
    "Make room, or set GHOSTCAP_CACHE to another folder.": "请腾出空间，或将 GHOSTCAP_CACHE 设为其他文件夹。",
    "Make room in the weights folder, or set GHOSTCAP_CACHE to another one.": (
        "请在权重文件夹中腾出空间，或将 GHOSTCAP_CACHE 设为其他文件夹。"
    ),
    "{} has {} GB free; {} GB are to come.": "{} 剩余 {} GB；还需 {} GB。",
    "Blender's user folder can't be written.": "无法写入 Blender 的用户文件夹。",
    "Check its rights and the disk.": "请检查其权限和磁盘。",
    "Check that the disk has room and the folder may be changed.": "请确认磁盘有空间，且文件夹可以修改。",
    "{} failed.": "{} 失败。",
    # Videos and pictures
    "{} frames a second is not possible.": "无法使用每秒 {} 帧的帧率。",
    "Give a rate up to {}.": "帧率最高为 {}。",
    "{} has no frames {}.": "{} 中没有此范围的帧：{}。",
    "from {} s": "从 {} 秒起",
    "from {} s to {} s": "从 {} 秒到 {} 秒",
    "It lasts {} s.": "其长度为 {} 秒。",
    "{} has no pictures, only sound or data.": "{} 中没有画面，只有声音或数据。",
    "Give a video.": "请选择视频。",
    "{} holds no picture that can be decoded.": "{} 中没有可以解码的画面。",
    "Check that it plays.": "请确认它能播放。",
    "{} can't be read as a video: {}.": "无法将 {} 作为视频读取：{}。",
    "Check that it plays, or convert it to MP4.": "请确认它能播放，或将其转换为 MP4。",
    "{} ends early: {} of {} frames could be read.": "{0} 提前结束：{2} 帧中只读取到 {1} 帧。",
    "{} is damaged ({}); what can be decoded is used.": "{} 已损坏（{}）；将使用可以解码的部分。",
    "{} can't be read as a picture.": "无法将 {} 作为图像读取。",
    "Check that it opens elsewhere.": "请确认它能用其他程序打开。",
    "{} holds no pictures.": "{} 中没有图像。",
    "Give a video, a picture or a folder of them.": "请选择视频、图像或图像文件夹。",
    "{} is {} x {} px, the pictures before it are {} x {}.": "{} 为 {} x {} 像素，之前的图像为 {} x {}。",
    "Give pictures of one size.": "请使用尺寸一致的图像。",
    "Nobody was found in {}.": "在 {} 中没有发现人物。",
    "A person should be at least a tenth of the picture's height, and well lit.": (
        "人物至少应占画面高度的十分之一，且光线充足。"
    ),
    "{} is gone.": "找不到 {}。",
    "This capture was imported without a video.": "此捕捉导入时没有视频。",
    "Locate the video in the panel Captures.": "请在“捕捉”面板中定位视频。",
    "{} is no video Blender can show.": "{} 不是 Blender 能显示的视频。",
    "{} can't be opened.": "无法打开 {}。",
    "Check that it is a video and may be read.": "请确认它是视频，且有读取权限。",
    # Captures and tracks
    "{} is not a capture.": "{} 不是捕捉。",
    "{} is not a capture: capture.json is missing.": "{} 不是捕捉：缺少 capture.json。",
    "{} was written by a newer Ghostcap (format {}, this one reads {}).": (
        "{} 由较新的 Ghostcap 写入（格式 {}，当前版本只能读取 {}）。"
    ),
    "Update Ghostcap.": "请更新 Ghostcap。",
    "{} is damaged: {}.": "{} 已损坏：{}。",
    "{} lacks {}.": "{} 缺少 {}。",
    "{}: {} has the shape {}, not {}.": "{}：{} 的形状为 {}，应为 {}。",
    "Capture the video again.": "请重新捕捉视频。",
    "The capture holds no person.": "捕捉中没有人物。",
    "{} has no track {}.": "{} 中没有轨迹 {}。",
    "{} has no track {} any more.": "{} 中已没有轨迹 {}。",
    "It has: {}.": "现有：{}。",
    "It was merged, or its edit was undone.": "它已被合并，或其编辑已撤销。",
    "It was merged, or an edit undone.": "它已被合并，或其编辑已撤销。",
    "The tracks were edited elsewhere.": "轨迹已在别处被编辑。",
    "Refresh the list.": "请刷新列表。",
    "Refresh the list of tracks.": "请刷新轨迹列表。",
    "Choose where it is now, or capture the video again.": "请指定它现在的位置，或重新捕捉视频。",
    "Import the file again from where it is now.": "请从文件现在的位置重新导入。",
    "Frame {} is not inside track {}.": "第 {} 帧不在轨迹 {} 内。",
    "Go to one of the frames {} to {}.": "请转到第 {} 至 {} 帧之间。",
    "Merging needs two tracks.": "合并需要两条轨迹。",
    "Tick the tracks of one person.": "请勾选同一人物的轨迹。",
    "Frames {} to {} leave nothing of this track.": "第 {} 至 {} 帧不包含此轨迹的任何部分。",
    "It has the frames {} to {}.": "它包含第 {} 至 {} 帧。",
    "These are two people: both are seen, in different places, in {} frames.": (
        "这是两个人：在 {} 帧中两者同时出现在不同位置。"
    ),
    "Split the track where it changes from one person to the other, then merge the parts.": (
        "请在人物切换处拆分轨迹，然后合并各部分。"
    ),
    "{} is not a name for a capture of {}.": "{} 不能作为 {} 的捕捉名称。",
    "{} is in the queue already.": "{} 已在队列中。",
    "{} is being made by another Ghostcap.": "另一个 Ghostcap 正在生成 {}。",
    "Wait for it, or cancel it.": "请等待其完成，或将其取消。",
    # Motion files of other programs
    "{} is no motion of AMASS: {}.": "{} 不是 AMASS 动作：{}。",
    "it has no mocap_framerate": "缺少 mocap_framerate",
    "it has no poses": "没有姿态数据",
    "it holds numbers that are not finite": "含有无效数值",
    "its poses have the shape {}": "姿态数据的形状为 {}",
    "{} has the shape {}, not {}": "{} 的形状为 {}，应为 {}",
    "Download it again.": "请重新下载。",
    "Download or copy it again.": "请重新下载或复制。",
    "Give demo_*.pkl of 4D-Humans or an .npz of AMASS.": "请选择 4D-Humans 的 demo_*.pkl 或 AMASS 的 .npz。",
    "{} is no result of 4D-Humans that Ghostcap knows: {}.": "{} 不是 Ghostcap 能识别的 4D-Humans 结果：{}。",
    "It should be results/demo_*.pkl of track.py.": "应为 track.py 生成的 results/demo_*.pkl。",
    "it does not say the pictures' size": "没有说明画面尺寸",
    "it is no dict of frames": "其内容不是按帧的字典",
    "its frames hold no smpl": "各帧中没有 smpl",
    "frame {}, track {}: {}": "第 {} 帧，轨迹 {}：{}",
    "it ends early": "文件不完整",
    "{} wants to run {}, which no file of this kind needs. It was not run.": (
        "{} 试图运行 {}，此类文件不应包含这种内容。它没有被运行。"
    ),
    "Don't use this file; get it from its first source.": "请勿使用此文件；请从原始来源获取。",
    "{} is damaged or no {}: {}.": "{} 已损坏，或不是 {}：{}。",
    "{} holds no people.": "{} 中没有人物。",
    "4D-Humans found nobody in that video.": "4D-Humans 在该视频中没有发现人物。",
    "Left out, as nobody was really seen there: track {}.": "已略去没有真正观察到人物的轨迹：{}。",
    "Taken as not seen, as their numbers are not finite: {} sightings.": "有 {} 处数值不是有限数，按未观察到处理。",
    "{} has {} x {} px, {} was made from {} x {}.": "{} 为 {} x {} 像素，而 {} 来自 {} x {} 的画面。",
    "{} does not say its frame rate; {} is taken. Set it with --fps or --video.": (
        "{} 没有说明帧率，按 {} 处理。可用 --fps 或 --video 指定。"
    ),
    "The file does not tell its frame rate; {} was taken.": "文件中没有记录帧率；按 {} 处理。",
    "SMPL's body is not there (see ghostcap weights); the mannequin gets the bone lengths.": (
        "没有 SMPL 人体模型（见 ghostcap weights）；改用相同骨骼长度的假人。"
    ),
    "SMPL's body is not there (see ghostcap weights); the mannequin's average shape is used.": (
        "没有 SMPL 人体模型（见 ghostcap weights）；改用平均体型的假人。"
    ),
    "Made with SMPL's {} body; the neutral one is used, which is a little different.": (
        "此动作使用 SMPL 的 {} 体型；现改用略有差别的中性体型。"
    ),
    # Characters, export
    "{} is linked from another file.": "{} 链接自另一个文件。",
    "Build it there, or make it local.": "请在该文件中构建，或将其设为本地。",
    "{} is hidden, and its bones have to change for the new shape.": "{} 已隐藏，而其骨骼需随新体型改变。",
    "Show it and build again.": "请将其显示，然后重新构建。",
    "{} is in a collection that is switched off.": "{} 所在的集合已被排除。",
    "Switch it on first.": "请先启用该集合。",
    "{} has no action to export.": "{} 没有可导出的动作。",
    "Assign one in the Action Editor.": "请在动作编辑器中指定一个。",
    "Blender's add-on {} can't be enabled.": "无法启用 Blender 插件 {}。",
    "Enable it in Blender's preferences.": "请在 Blender 的偏好设置中启用。",
    "There is no export target {}.": "没有导出目标 {}。",
    "There are: {}.": "现有：{}。",
    "{}: unknown or missing: {}.": "{}：未知或缺少：{}。",
    "{}: format is one of {}, root_motion one of {}.": "{}：format 应为 {} 之一，root_motion 应为 {} 之一。",
    # Smoothing
    "There is no smoothing {}.": "没有平滑方法 {}。",
    "Choose {}.": "请选择 {}。",
    "A smoothing strength is from 0 to 1.": "平滑强度为 0 到 1。",
    "0 changes nothing.": "0 表示不改变。",
    "These are no weights of SmoothNet: {}.": "这不是 SmoothNet 的权重：{}。",
    "Name a SmoothNet checkpoint.": "请指定 SmoothNet 检查点。",
    "it {} {}": "{} {}",
    "misses": "缺少",
    "has unknown": "含有未知的",
    "its layers do not fit each other": "各层不匹配",
    "the shape of {} does not fit the others": "{} 的形状与其他层不匹配",
    "{} holds numbers that are none": "{} 含有无效数值",
    "{} can't be read as weights: {}.": "无法将 {} 作为权重读取：{}。",
    "Name a .safetensors file that exists.": "请指定存在的 .safetensors 文件。",
    # Comparing
    "A motion of {} joints can't be compared.": "无法比较含 {} 个关节的动作。",
    "Both sides need SMPL's {} joints: give captures, or map the bones first.": (
        "双方都需要 SMPL 的 {} 个关节：请使用捕捉，或先映射骨骼。"
    ),
    "The motion has no frames.": "动作中没有帧。",
    "Choose another range.": "请选择其他范围。",
    "The motion holds numbers that are not finite.": "动作含有无效数值。",
    "Capture it again.": "请重新捕捉。",
    "Install Ghostcap again.": "请重新安装 Ghostcap。",
    "In {} of the common part one of the two was not seen: there is too little to compare.": (
        "在共同部分的 {} 中，双方之一没有被观察到：可比较的内容太少。"
    ),
    "Choose a part in which both are in view.": "请选择双方都可见的部分。",
    "The markers lie outside the clips.": "标记位于片段之外。",
    "Set two at least within both.": "请在双方片段内至少各设两个标记。",
    "Cut both to the same motion, set markers, or compare anyway.": ("请将双方裁剪为同一动作、设置标记，或仍然比较。"),
    "No whole golf swing was found on the side of: {}.": "没有找到完整的高尔夫挥杆：{}。",
    "The clip should show address, top, impact and finish. Set markers, or leave golf out.": (
        "片段应包含准备、顶点、击球和收杆。请设置标记，或不使用高尔夫模式。"
    ),
    "No repetitions were found on both sides.": "没有在双方找到重复动作。",
    "Two whole ones are needed on one side at least. Set markers, or compare by motion.": (
        "至少一方需要两次完整的重复。请设置标记，或按动作比较。"
    ),
    "The two sides share fewer than two markers.": "双方的共同标记少于两个。",
    "Give both the same names, two at least.": "请为双方设置同名标记，至少两个。",
    "The markers come in another order on the other side.": "另一方的标记顺序不同。",
    "Move them.": "请移动标记。",
    "No joint is called {}.": "没有名为 {} 的关节。",
    "The joints are: {}.": "可用的关节：{}。",
    "Bones of this armature were not recognised: {}.": "未能识别此骨架的骨骼：{}。",
    'Give each such bone a custom property "ghostcap_joint" with the name of its joint, as in {}.': (
        "请为这些骨骼添加自定义属性“ghostcap_joint”，其值为关节名称，例如 {}。"
    ),
}
