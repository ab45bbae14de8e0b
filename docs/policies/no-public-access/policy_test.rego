# engine: v1
package spacelift_test

import data.spacelift

group(rule) := {"terraform": {"resource_changes": [{"address": "aws_security_group.web", "type": "aws_security_group", "change": {"actions": ["create"], "after": {"ingress": [rule]}}}]}}

test_web_is_open if count(spacelift.deny) == 0 with input as group({"from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]})

test_ssh_is_not if count(spacelift.deny) == 1 with input as group({"from_port": 22, "to_port": 22, "cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0"]})

test_a_range_around_web_is_not if count(spacelift.deny) == 1 with input as group({"from_port": 1, "to_port": 443, "ipv6_cidr_blocks": ["::/0"]})

test_our_own_network_may if count(spacelift.deny) == 0 with input as group({"from_port": 22, "to_port": 22, "cidr_blocks": ["10.0.0.0/8"]})
