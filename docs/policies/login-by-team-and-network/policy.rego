# Login by team and network
# Members sign in from the office network; the team `platform` administers, machines need no network.
# Each space labelled `team:<name>` is written by that team.
#
# type: LOGIN
# engine: v1
package spacelift

networks := ["10.20.0.0/16", "2001:db8:20::/48"]

inside if {
	some network in networks
	net.cidr_contains(network, input.request.remote_ip)
}

allow if {
	input.session.member
	inside
}

allow if input.session.machine

admin if {
	inside
	not input.session.machine
	"platform" in input.session.teams
}

deny if {
	not input.session.machine
	not inside
}

roles[space.id] contains "space-writer" if {
	some space in input.spaces
	some team in input.session.teams
	sprintf("team:%s", [team]) in space.labels
}

roles[space.id] contains "space-reader" if some space in input.spaces
