# Two people approve
# A tracked run waits after its plan until two people other than its author approve it;
# one rejection ends it.
#
# type: APPROVAL
# engine: v1
package spacelift

author := object.get(object.get(input.run, "creator_session", {}), "login", "") if is_object(input.run.creator_session)

author := "" if not is_object(input.run.creator_session)

approvers := {review.author | some review in input.reviews.current.approvals; review.author != author}

approve if input.run.type != "TRACKED"

approve if input.run.state == "QUEUED"

approve if count(approvers) >= 2

reject_with_note contains sprintf("%s rejected the run", [review.author]) if some review in input.reviews.current.rejections
