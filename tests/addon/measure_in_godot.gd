extends SceneTree
# SPDX-License-Identifier: GPL-3.0-or-later
# Loads each model given after "--" as Godot's importer does and prints what an animator would see, as JSON lines.

func _process(_delta: float) -> bool:
	for path in OS.get_cmdline_user_args():
		print("MEASURED " + JSON.stringify(measure(path)))
	return true

func measure(path: String) -> Dictionary:
	var document: GLTFDocument = FBXDocument.new() if path.ends_with(".fbx") else GLTFDocument.new()
	var state: GLTFState = FBXState.new() if path.ends_with(".fbx") else GLTFState.new()
	var error := document.append_from_file(path, state)
	if error != OK:
		return {"error": error}
	var scene := document.generate_scene(state)
	root.add_child(scene)
	var skeleton: Skeleton3D = scene.find_children("*", "Skeleton3D", true, false)[0]
	var player: AnimationPlayer = scene.find_children("*", "AnimationPlayer", true, false)[0]
	var bones := []
	for bone in skeleton.get_bone_count():
		bones.append(skeleton.get_bone_name(bone))
	var result := {
		"bones": bones,
		"parentless": Array(skeleton.get_parentless_bones()).map(func(b): return bones[b]),
		"animations": Array(player.get_animation_list()),
		"rest": bone_positions(skeleton, true),
		"mesh": mesh_box(scene),
		"skeleton_scale": scale_of(skeleton),
	}
	var clip := player.get_animation(player.get_animation_list()[-1])
	result["length"] = clip.length
	player.assigned_animation = player.get_animation_list()[-1]
	player.seek(0.0, true)
	result["first"] = bone_positions(skeleton, false)
	player.seek(clip.length, true)
	result["last"] = bone_positions(skeleton, false)
	return result

func scale_of(node: Node3D) -> Array:
	var s := node.global_transform.basis.get_scale()
	return [s.x, s.y, s.z]

func bone_positions(skeleton: Skeleton3D, rest: bool) -> Dictionary:
	var points := {}
	for bone in skeleton.get_bone_count():
		var pose := skeleton.get_bone_global_rest(bone) if rest else skeleton.get_bone_global_pose(bone)
		var p := skeleton.global_transform * pose.origin
		points[skeleton.get_bone_name(bone)] = [p.x, p.y, p.z]
	return points

func mesh_box(scene: Node) -> Array:
	for item in scene.find_children("*", "ImporterMeshInstance3D", true, false) + scene.find_children("*", "MeshInstance3D", true, false):
		var mesh = item.mesh.get_mesh() if item is ImporterMeshInstance3D else item.mesh
		var box: AABB = item.global_transform * mesh.get_aabb()
		return [box.size.x, box.size.y, box.size.z]
	return []
