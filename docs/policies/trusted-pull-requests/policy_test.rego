# engine: v1
package spacelift_test

import data.spacelift

opened(changes) := {"pull_request": object.union({"head_owner": "acme", "labels": [], "draft": false, "closed": false}, changes), "push": {"branch": "x", "tag": ""}, "stack": {"branch": "main", "namespace": "acme"}}

test_our_own if spacelift.propose with input as opened({})

test_drafts if {
	spacelift.ignore with input as opened({"draft": true})
	not spacelift.propose with input as opened({"draft": true})
}

test_forks if {
	not spacelift.propose with input as opened({"head_owner": "stranger"})
	not spacelift.allow_fork with input as opened({"head_owner": "stranger"})
}

test_forks_with_the_label if {
	spacelift.propose with input as opened({"head_owner": "stranger", "labels": ["preview"]})
	spacelift.allow_fork with input as opened({"head_owner": "stranger", "labels": ["preview"]})
}

test_pushes_deploy if spacelift.track with input as {"pull_request": null, "push": {"branch": "main", "tag": ""}, "stack": {"branch": "main", "namespace": "acme"}}
