# Path filters by labels
# Beside its project root a stack follows the paths that its labels `path:<glob>` name;
# text files and documentation start nothing.
#
# type: GIT_PUSH
# engine: v1
package spacelift

root := trim(input.stack.project_root, "/")

globs := {trim_prefix(label, "path:") | some label in input.stack.labels; startswith(label, "path:")}

changed := {file | some file in input.push.affected_files; not unimportant(file)} | {file | some file in object.get(pull_request, "diff", []); not unimportant(file)}

pull_request := input.pull_request if is_object(input.pull_request)

pull_request := {} if not is_object(input.pull_request)

unimportant(file) if endswith(lower(file), ".md")

unimportant(file) if startswith(file, "docs/")

concerns(file) if root == ""

concerns(file) if startswith(file, concat("", [root, "/"]))

concerns(file) if {
	some pattern in globs
	glob.match(pattern, ["/"], file)
}

affected if {
	some file in changed
	concerns(file)
}

track if {
	affected
	input.push.branch == input.stack.branch
	input.push.tag == ""
}

propose if affected

ignore if not affected

ignore if input.push.tag != ""

message contains "no file that concerns this stack was changed" if not affected
