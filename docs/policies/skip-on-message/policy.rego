# Skip on commit message
# A commit whose message says `[skip ci]` or `[no deploy]` starts nothing.
#
# type: GIT_PUSH
# engine: v1
package spacelift

skipped if regex.match(`(?i)\[(skip[ -](ci|run)|no[ -]deploy)\]`, input.push.message)

affected if {
	some file in input.push.affected_files
	startswith(file, trim(input.stack.project_root, "/"))
}

track if {
	affected
	input.push.branch == input.stack.branch
}

propose if affected

ignore if skipped

ignore if input.push.tag != ""

message contains "the commit asked to be skipped" if skipped
