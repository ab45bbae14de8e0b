# Approval by the team that a label names
# A stack labelled `approvers:<team>` waits for one approval of each such team;
# stacks without the label do not wait.
#
# type: APPROVAL
# engine: v1
package spacelift

teams := {trim_prefix(label, "approvers:") | some label in input.stack.labels; startswith(label, "approvers:")}

agreed := {team | some review in input.reviews.current.approvals; some team in review.session.teams}

approve if input.run.type != "TRACKED"

approve if input.run.state == "QUEUED"

approve if count(teams - agreed) == 0

reject if {
	some review in input.reviews.current.rejections
	count(teams & {team | some team in review.session.teams}) > 0
}
