# Approval where a plan policy asked for it
# Runs that carry the flag `needs-approval` wait for somebody other than their author;
# a plan policy sets it, for example with `flag contains "needs-approval" if …`.
#
# type: APPROVAL
# engine: v1
package spacelift

author := input.run.creator_session.login if is_object(input.run.creator_session)

author := "" if not is_object(input.run.creator_session)

approve if not "needs-approval" in input.run.flags

approve if {
	some review in input.reviews.current.approvals
	review.author != author
}

reject if count(input.reviews.current.rejections) > 0
