# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend and its jobs, in simplified Chinese."""

from __future__ import annotations

from typing import Final

MESSAGES: Final = {
    # Buttons and their tooltips
    "Install Backend": "安装后端",
    "Download and install what reads videos, or go on with an installation that was broken off": (
        "下载并安装读取视频的后端，或继续中断的安装"
    ),
    "Go On Installing": "继续安装",
    "Update Backend": "更新后端",
    "Bring the backend's packages to the versions that this Ghostcap wants": "将后端的软件包更新到此版本所需的版本",
    "Repair Backend": "修复后端",
    "Remove the backend and install it anew": "移除后端并重新安装",
    "Remove Backend": "移除后端",
    "Delete the backend's folder; captures, videos and fetched models stay": (
        "删除后端文件夹；捕捉结果、视频和已下载的模型保留"
    ),
    "Fetch Models": "下载模型",
    "Download BlazePose's networks, which an environment of your own may lack": (
        "下载 BlazePose 网络，自备环境中可能没有"
    ),
    "Check Backend": "检查后端",
    "Run each part of the backend on a tiny clip": "用一段很短的视频运行后端的每个部分",
    "Look at Backend": "查看后端",
    "Find out again what state the backend is in": "重新获取后端的状态",
    "Cancel": "取消",
    "Stop it; started again, it goes on where it was": "停止；再次开始时会从中断处继续",
    "Check": "检查",
    "Update": "更新",
    "Repair": "修复",
    "Remove": "移除",
    "Allow Online Access": "允许联网",
    "The backend is being worked on": "正在处理后端",
    "A capture is running": "正在捕捉",
    "An environment of your own is used; clear Existing Environment first": ("正在使用自备环境；请先清空“现有环境”"),
    "Nothing is downloaded without your consent (consent=True)": "未经您同意不会下载任何内容 (consent=True)",
    # Questions
    "Download": "下载",
    "You agree to the download": "您同意下载",
    "With HMR 2.0": "包括 HMR 2.0",
    "Also install torch, for the estimator HMR 2.0; its weights are yours to fetch": (
        "同时安装 HMR 2.0 估计器所需的 torch；其权重需自行下载"
    ),
    "Download and Install": "下载并安装",
    "Remove the backend?": "移除后端?",
    "{:s} will be deleted.": "{:s} 将被删除。",
    "Fetch models?": "下载模型?",
    "BlazePose's networks (Google, Apache-2.0): up to {:d} MB from PyPI.": (
        "BlazePose 网络（Google，Apache-2.0）：最多从 PyPI 下载 {:d} MB。"
    ),
    "Up to {:d} MB are downloaded from PyPI; {:d} MB are needed on the disk.": (
        "最多从 PyPI 下载 {:d} MB；需要 {:d} MB 磁盘空间。"
    ),
    "torch comes from download.pytorch.org; with an NVIDIA or AMD GPU it is several GB more.": (
        "torch 来自 download.pytorch.org；使用 NVIDIA 或 AMD 显卡时还需数 GB。"
    ),
    "Python packages, and BlazePose's networks (Google, Apache-2.0).": (
        "Python 软件包和 BlazePose 网络（Google，Apache-2.0）。"
    ),
    "They go to {:s}.": "安装到 {:s}。",
    "Nothing is installed into Blender. Your videos never leave this computer.": (
        "不会向 Blender 中安装任何内容。您的视频不会离开这台计算机。"
    ),
    # States
    "Backend: {:s}": "后端：{:s}",
    "Looking": "正在查看",
    "Not installed": "未安装",
    "Installation not finished": "安装未完成",
    "Its Python has gone": "其 Python 已丢失",
    "Out of date": "已过期",
    "Installed": "已安装",
    "An environment of your own": "自备环境",
    "Existing Environment": "现有环境",
    "A Python environment, by its folder, that has the backend already; it is used as it is": (
        "已包含后端的 Python 环境的文件夹；按原样使用"
    ),
    "Where to install the backend; in Blender's user files if empty": "后端的安装位置；留空则在 Blender 用户文件中",
    "Blender may not use the network: allow online access in Preferences > System": (
        "Blender 不能使用网络：请在偏好设置 > 系统中允许联网"
    ),
    "The backend, which reads videos, is not installed.": "读取视频的后端尚未安装。",
    "Press Install in the preferences.": "请在偏好设置中点击“安装”。",
    "The backend is not completely installed.": "后端尚未完整安装。",
    "Press Install in the preferences to go on.": "请在偏好设置中点击“安装”以继续。",
    "The backend's Python has gone.": "后端的 Python 已丢失。",
    "Press Repair in the preferences.": "请在偏好设置中点击“修复”。",
    "The backend belongs to another version of Ghostcap.": "后端属于另一个版本的 Ghostcap。",
    "Press Update in the preferences.": "请在偏好设置中点击“更新”。",
    "The backend is being worked on.": "正在处理后端。",
    "Wait until it is done.": "请等待完成。",
    # Jobs
    "Cancel Job": "取消任务",
    "Stop it; a capture that is started again goes on where it was": "停止任务；再次开始捕捉时会从中断处继续",
    "Dismiss": "移出列表",
    "Take what has ended off the list; its files stay": "将已结束的任务移出列表；文件保留",
    "Show Log": "显示日志",
    "Show what the backend has said": "显示后端输出的内容",
    "Open File": "打开文件",
    "Report Job": "报告任务",
    "Tell how a capture or an import ended": "告知捕捉或导入的结果",
    "It has ended already": "任务已经结束",
    "There is no log yet": "尚无日志",
    "Job": "任务",
    "The job's number; 0 is the newest": "任务编号；0 表示最新的",
    "Log": "日志",
    "The log file, if it is no job's": "日志文件（不属于任务时）",
    "Video to capture": "要捕捉的视频",
    "Begin here": "从此处开始",
    "As 35 mm equivalent; 0 if unknown": "等效 35 毫米焦距；未知则为 0",
    "Who looks at the video; the usual one if empty": "用于分析视频的方法；留空则用默认的",
    "done": "完成",
    "failed": "失败",
    "cancelled": "已取消",
    "Overwrite": "覆盖",
    "Replace a capture that exists": "替换已有的捕捉",
    "Where the capture goes; beside the file if empty": "捕捉结果的存放位置；留空则放在文件旁边",
}
