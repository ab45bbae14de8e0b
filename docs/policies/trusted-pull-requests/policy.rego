# Previews of ready pull requests only
# Drafts and pull requests of forks get no preview; a fork gets one when a maintainer adds the label `preview`.
#
# type: GIT_PUSH
# engine: v1
package spacelift

ours if input.pull_request.head_owner == input.stack.namespace

trusted if ours

trusted if "preview" in input.pull_request.labels

track if {
	not is_object(input.pull_request)
	input.push.branch == input.stack.branch
	input.push.tag == ""
}

propose if {
	trusted
	not input.pull_request.draft
	not input.pull_request.closed
}

allow_fork if "preview" in input.pull_request.labels

ignore if input.pull_request.draft

message contains "a draft gets no preview" if input.pull_request.draft

message contains "a maintainer may ask for a preview with the label `preview`" if {
	is_object(input.pull_request)
	not trusted
}
