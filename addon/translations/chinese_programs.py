# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of the backend, its installation, its models and weights, in simplified Chinese; see `phrases`."""

from __future__ import annotations

from typing import Final

PHRASES: Final = {
    # How a program ended
    "Cancelled.": "已取消。",
    "Start it again; it goes on where it was.": "再次开始时会从中断处继续。",
    "Start it again; it goes on where it was. The log says more.": "再次开始时会从中断处继续。详情见日志。",
    "Give the same command again to go on.": "再次运行同一命令即可继续。",
    "The backend was ended from outside; perhaps there was too little memory.": ("后端被外部终止；可能是内存不足。"),
    "The backend was ended by signal {}.": "后端被信号 {} 终止。",
    "The backend ended with code {}.": "后端以代码 {} 退出。",
    "It said: {}": "其输出：{}",
    "Unexpected {}.": "意外错误 {}。",
    "What was printed is in {}.": "其输出保存在 {} 中。",
    "Details are in {}.": "详情见 {}。",
    "Run it again with --debug ({}).": "请加上 --debug 重新运行（{}）。",
    "{} can't be started: {}.": "无法启动 {}：{}。",
    # The environment
    "Repair the backend in the add-on's preferences.": "请在插件偏好设置中修复后端。",
    "Press Repair, or Fetch Models, in the add-on's preferences.": ("请在插件偏好设置中点击“修复”或“下载模型”。"),
    "Repair the backend: install it anew.": "请修复后端：重新安装。",
    "Run scripts/run.py once, give --backend PYTHON, or set {}.": (
        "请运行一次 scripts/run.py、指定 --backend PYTHON，或设置 {}。"
    ),
    "{} is not a Python.": "{} 不是 Python。",
    "Name the Python of the backend's environment.": "请指定后端环境中的 Python。",
    "{} has no Python.": "{} 中没有 Python。",
    "Name the folder of an environment with Ghostcap in it.": "请指定装有 Ghostcap 的环境文件夹。",
    "{} fails: {}.": "{} 失败：{}。",
    "{} holds other files.": "{} 中有其他文件。",
    "Choose an empty or a new folder.": "请选择空文件夹或新文件夹。",
    "{} has less than {} MB free.": "{} 的剩余空间不足 {} MB。",
    "{} is not an environment of Ghostcap.": "{} 不是 Ghostcap 的环境。",
    "Nothing was deleted.": "没有删除任何内容。",
    "Close the programs that use it.": "请关闭正在使用它的程序。",
    "{} can't be used: {}.": "无法使用 {}：{}。",
    "Give a Python {}.": "请指定 Python {}。",
    "No usable Python {} was found{}.": "没有找到可用的 Python {}{}。",
    "{} is not there.": "{} 不存在。",
    "Install it first.": "请先安装。",
    "{} needs the system library {}.": "{} 需要系统库 {}。",
    "Debian, Ubuntu: sudo apt install {}": "Debian、Ubuntu：sudo apt install {}",
    "{} does not run: {}.": "{} 无法运行：{}。",
    "Remove the folder and install again.": "请移除该文件夹并重新安装。",
    "Make room and run it again; what was done is kept.": "请腾出空间后重新运行；已完成的部分会保留。",
    "pip may not write: {}.": "pip 没有写入权限：{}。",
    "pip can't get the packages: {}.": "pip 无法获取软件包：{}。",
    "Check the network (a proxy: HTTPS_PROXY) and run it again; what was downloaded is kept.": (
        "请检查网络（代理：HTTPS_PROXY）后重新运行；已下载的部分会保留。"
    ),
    "pip failed: {}.": "pip 失败：{}。",
    "Run it again with --debug to see all it says.": "请加上 --debug 重新运行以查看全部输出。",
    # Downloads and models
    "{} can't be fetched: {}": "无法下载 {}：{}",
    "{} can't be fetched: {}.": "无法下载 {}：{}。",
    "Check the network (a proxy: HTTPS_PROXY) and run it again; what was fetched is kept.": (
        "请检查网络（代理：HTTPS_PROXY）后重新运行；已下载的部分会保留。"
    ),
    "Check the network, or use the built-in detector.": "请检查网络，或使用内置检测器。",
    "{} is no http address.": "{} 不是 http 地址。",
    "the connection broke off": "连接中断",
    "{} can't be fetched: the server says {} {}.": "无法下载 {}：服务器返回 {} {}。",
    "Look for it at its source.": "请从其来源获取。",
    "{} is not the network {} that Ghostcap knows (its sha256 is {}).": (
        "{} 不是 Ghostcap 所知的网络 {}（其 sha256 为 {}）。"
    ),
    "Take it from version 0.5.1675469404 of the npm package @mediapipe/pose.": (
        "请从 npm 软件包 @mediapipe/pose 的 0.5.1675469404 版中获取。"
    ),
    "{} is not in {}, and the network may not be used.": "{} 不在 {} 中，且不允许联网。",
    "Run once without --offline, or copy that folder from a machine that has it.": (
        "请不带 --offline 运行一次，或从另一台机器复制该文件夹。"
    ),
    "{}: what was fetched for {} is not the file it should be (sha256).": (
        "{}：为 {} 下载的文件与预期不符（sha256）。"
    ),
    "Check which package index pip is set to use.": "请检查 pip 所设的软件包源。",
    "{} in {} is not the file it should be.": "{1} 中的 {0} 与预期不符。",
    "{} is not a TFLite model.": "{} 不是 TFLite 模型。",
    "Delete it and run again, to fetch it anew.": "请将其删除后重新运行，以重新下载。",
    "{} is not the expected model: its outputs differ.": "{} 不是预期的模型：其输出不同。",
    # Packed files
    "{} is packed with LZ4, which is not installed.": "{} 以 LZ4 压缩，但尚未安装 lz4。",
    "Install it with: {} -m pip install lz4": "安装命令：{} -m pip install lz4",
    "The file holds torch's tensors, and torch is not installed.": "文件中含有 torch 的张量，但尚未安装 torch。",
    "Install it with: python3 scripts/run.py --with hmr2, or save the file with NumPy's arrays.": (
        "安装命令：python3 scripts/run.py --with hmr2；或将文件改存为 NumPy 数组。"
    ),
    # Weights of HMR 2.0 and SMPL
    "{} is not there; Ghostcap may not hand it out ({}).": "没有 {}；Ghostcap 无权分发（{}）。",
    "Download {} from {}, then: ghostcap weights add {}": "请从 {1} 下载 {0}，然后运行：ghostcap weights add {2}",
    "{} are not there; Ghostcap may not hand them out.": "没有 {}；Ghostcap 无权分发。",
    "ghostcap weights tells where each is from. Then: ghostcap weights add {}": (
        "用 ghostcap weights 可查看其来源。然后运行：ghostcap weights add {}"
    ),
    "ghostcap weights lists what is there.": "用 ghostcap weights 可列出已有内容。",
    "ghostcap weights add FILE...": "ghostcap weights add 文件...",
    "{}: {} says it has {} GB.": "{}：{} 声称有 {} GB。",
    "{}: {} can't be unpacked.": "{}：无法解压 {}。",
    "HMR2 needs torch, which is not installed.": "HMR2 需要 torch，但尚未安装。",
    "Install it with: python3 scripts/run.py --with hmr2 (200 MB; for an NVIDIA GPU 3 GB).": (
        "安装命令：python3 scripts/run.py --with hmr2（200 MB；使用 NVIDIA 显卡时 3 GB）。"
    ),
    "{} holds no checkpoint (.ckpt).": "{} 中没有检查点 (.ckpt)。",
    "It should be hmr2_data.tar.gz of 4D-Humans.": "应为 4D-Humans 的 hmr2_data.tar.gz。",
    "{} is damaged or not whole: {}.": "{} 已损坏或不完整：{}。",
    "{} holds more files than it should.": "{} 中的文件多于预期。",
    "{} is damaged or no checkpoint: {}.": "{} 已损坏，或不是检查点：{}。",
    "Download it again; it is about 2.7 GB.": "请重新下载；约 2.7 GB。",
    "{} is no checkpoint: it has no state_dict.": "{} 不是检查点：没有 state_dict。",
    "{} lacks {}{}.": "{} 缺少 {}{}。",
    "It is no checkpoint of HMR 2.0, or not a whole one.": "它不是 HMR 2.0 的检查点，或不完整。",
    "It belongs to another network than HMR 2.0b.": "它不属于 HMR 2.0b 网络。",
    "{} wants to run {}, which no checkpoint of HMR 2.0 needs. It was not run.": (
        "{} 试图运行 {}，HMR 2.0 的检查点不应包含这种内容。它没有被运行。"
    ),
    "{} is the {} body; betas of the neutral one mean something else on it.": (
        "{} 是 {} 体型；中性体型的 betas 不适用于它。"
    ),
    "Take the neutral one: basicModel_neutral_lbs_10_207_0_v1.0.0.pkl or SMPL_NEUTRAL.pkl.": (
        "请使用中性体型：basicModel_neutral_lbs_10_207_0_v1.0.0.pkl 或 SMPL_NEUTRAL.pkl。"
    ),
    "{} is no SMPL model: it lacks {}.": "{} 不是 SMPL 模型：缺少 {}。",
    "{} is no SMPL model.": "{} 不是 SMPL 模型。",
    "{} is {}, not SMPL (6890, 24).": "{} 为 {}，不是 SMPL (6890, 24)。",
    "Take SMPL's neutral model.": "请使用 SMPL 的中性模型。",
    "{}: shapedirs {} and weights {} don't fit.": "{}：shapedirs {} 与 weights {} 不匹配。",
    "{} has another skeleton than SMPL's.": "{} 的骨架与 SMPL 不同。",
    # HMR 2.0 at work
    "There is no {} device.": "没有 {} 设备。",
    "The memory of {} does not hold the network (1.4 GB in half precision).": (
        "{} 的显存容纳不下此网络（半精度 1.4 GB）。"
    ),
    "The memory of {} does not hold the network, which takes 3 GB with a picture and a crop.": (
        "{} 的显存容纳不下此网络；连同一张图像和一张裁剪图共需 3 GB。"
    ),
    "There is too little memory.": "内存不足。",
    "Close other programs.": "请关闭其他程序。",
    "The memory of {} does not hold the network and one crop.": "{} 的显存容纳不下此网络和一张裁剪图。",
    "The memory of {} does not hold {} and one picture.": "{} 的显存容纳不下 {} 和一张图像。",
    "Close other programs that use it, or give --device cpu.": "请关闭占用它的其他程序，或使用 --device cpu。",
    "Use the built-in detector, which needs less.": "请使用占用较少的内置检测器。",
    "torch.compile does not work here ({}); going on without.": "torch.compile 在此不可用（{}）；不使用它继续。",
    "BlazePose's network resizes in a way that is not known.": "BlazePose 网络使用了未知的缩放方式。",
    "BlazePose's network has an operator that is not known: {}.": "BlazePose 网络含有未知的算子：{}。",
    "{} gives an output of the shape {}, which no detector that Ghostcap knows has.": (
        "{} 的输出形状为 {}，不是 Ghostcap 所知的检测器。"
    ),
    "Export it as YOLO exports: (4 + classes, N), (N, 5 + classes) or (N, 6).": (
        "请按 YOLO 的格式导出：(4 + 类别数, N)、(N, 5 + 类别数) 或 (N, 6)。"
    ),
    "{} takes {}, no square pictures.": "{} 的输入为 {}，不是正方形图像。",
    "Export the detector with one input of the shape (B, 3, S, S), as YOLO exports.": (
        "请像 YOLO 那样导出检测器，输入形状为 (B, 3, S, S)。"
    ),
    "Give a person detector as .onnx.": "请指定 .onnx 格式的人物检测器。",
    "{} is no ONNX file: {}.": "{} 不是 ONNX 文件：{}。",
    "{} is no ONNX network that OpenCV can run: {}.": "{} 不是 OpenCV 能运行的 ONNX 网络：{}。",
    "Export it again with opset 12 to 17, float32, without quantisation.": (
        "请用 opset 12 至 17、float32、不量化的方式重新导出。"
    ),
    "{} can't be run on pictures of {} x {}: {}.": "{} 无法处理 {} x {} 的图像：{}。",
    "Export it again, for pictures of one size (640 x 640 is usual).": "请按固定图像尺寸重新导出（通常为 640 x 640）。",
    "{} is missing, and the network may not be used.": "缺少 {}，且不允许联网。",
    "Run once without --offline.": "请不带 --offline 运行一次。",
    "{} needs torchvision, which is not installed.": "{} 需要 torchvision，但尚未安装。",
    "Install it with: {}, or use the built-in detector.": "安装命令：{}；或使用内置检测器。",
    "Install the one for this torch: {}, or use the built-in detector.": (
        "请安装与此 torch 对应的版本：{}；或使用内置检测器。"
    ),
    "torchvision does not work with torch {}: {}.": "torchvision 无法与 torch {} 配合使用：{}。",
}
