# Lock on incident
# A commit on the tracked branch with `[incident]` in its message takes the lock of the stack,
# and one with `[incident over]` releases it; meanwhile no push starts a run.
#
# type: GIT_PUSH
# engine: v1
package spacelift

begins if contains(lower(input.push.message), "[incident]")

ends if contains(lower(input.push.message), "[incident over]")

on_branch if {
	input.push.branch == input.stack.branch
	input.push.tag == ""
}

lock := "incident" if {
	on_branch
	begins
	not ends
}

unlock := "incident" if {
	on_branch
	ends
}

held if input.stack.locked_by == "incident"

ignore if {
	held
	not ends
}

ignore if begins

track if on_branch

propose if not on_branch

message contains "an incident is being handled: nothing is deployed" if {
	held
	not ends
}
