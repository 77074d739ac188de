// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.IpText;
import org.wgj.tunnel.config.PeerConfig;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Checks whose address is whose, and which peer gets its packets: D5, D6 and D8. D5, D6 and D8. */
final class AddressChecks {
    private final Folder folder;
    private final Verdicts verdicts;

    AddressChecks(Folder folder, Verdicts verdicts) {
        this.folder = folder;
        this.verdicts = verdicts;
    }

    void run() {
        twice();
        for (Member member : folder.members()) {
            Set<IpPrefix> twice = sameRanges(member);
            lost(member, twice);
            ownAddress(member);
        }
        folder.groups().forEach(this::outside);
        folder.nodes().values().forEach(this::overlaps);
    }

    private void twice() {
        folder.hosts()
                .forEach(
                        (host, members) -> {
                            for (int i = 1; i < members.size(); i++) {
                                Member member = members.get(i);
                                members.subList(0, i).stream()
                                        .filter(other -> belongTogether(member, other))
                                        .findFirst()
                                        .ifPresent(other -> twice(host, member, other));
                            }
                        });
    }

    private static boolean belongTogether(Member a, Member b) {
        return a.group() == b.group() || a.node().equals(b.node());
    }

    private void twice(IpPrefix host, Member member, Member other) {
        verdicts.fail(
                Fault.ADDRESS,
                member.label(),
                "has the address %s, which %s has too: packets for it go to one of them"
                        .formatted(IpText.format(host.firstAddress()), other.label()),
                "give it a free address, here and in the AllowedIPs of the others");
    }

    /** Returns the ranges that are given to two peers of a file. */
    private Set<IpPrefix> sameRanges(Member member) {
        Set<IpPrefix> twice = new HashSet<>();
        Map<IpPrefix, PeerConfig> first = new HashMap<>();
        for (PeerConfig peer : member.peers()) {
            List<IpPrefix> allowed = Member.allowed(peer);
            if (allowed.isEmpty()) {
                verdicts.warn(
                        Fault.ALLOWED_IPS,
                        member.label(),
                        "%s has no AllowedIPs: nothing is sent to it or accepted from it"
                                .formatted(folder.name(peer)),
                        "AllowedIPs = the addresses of the other side");
            }
            for (IpPrefix range : allowed) {
                PeerConfig other = first.putIfAbsent(range, peer);
                if (other != null && !other.publicKey().equals(peer.publicKey())) {
                    twice.add(range);
                    verdicts.fail(
                            Fault.ALLOWED_IPS,
                            member.label(),
                            "%s is given to %s and to %s: only the latter gets it"
                                    .formatted(range, folder.name(other), folder.name(peer)),
                            "leave it to one of them");
                }
            }
        }
        return twice;
    }

    /** Finds peers whose own address does not go to them. */
    private void lost(Member member, Set<IpPrefix> twice) {
        for (PeerConfig peer : member.peers()) {
            Member owner = folder.owner(peer);
            if (owner == null || owner == member || Member.allowed(peer).isEmpty()) {
                continue;
            }
            List<IpPrefix> missing = new ArrayList<>();
            for (IpPrefix host : owner.hosts()) {
                RangeTable.Hit hit = member.route(host);
                if (hit != null && hit.peer().publicKey().equals(peer.publicKey())) {
                    continue;
                }
                if (hit == null) {
                    missing.add(host);
                } else if (!twice.contains(hit.range())) {
                    verdicts.fail(
                            Fault.ALLOWED_IPS,
                            member.label(),
                            "packets for %s, the address of %s, go to %s, whose range %s is longer"
                                    .formatted(
                                            IpText.format(host.firstAddress()),
                                            owner.label(),
                                            folder.name(hit.peer()),
                                            hit.range()),
                            "add %s to the AllowedIPs of %s, and take it from %s"
                                    .formatted(host, owner.label(), folder.name(hit.peer())));
                }
            }
            missing(member, owner, missing);
        }
    }

    private void missing(Member member, Member owner, List<IpPrefix> missing) {
        if (missing.isEmpty()) {
            return;
        }
        List<String> texts = missing.stream().map(IpPrefix::toString).toList();
        String seen =
                "the AllowedIPs of %s leave out its address %s: its packets are dropped"
                        .formatted(owner.label(), String.join(", ", texts));
        String fix = "AllowedIPs = " + String.join(", ", texts) + ", and what is there";
        if (missing.size() == owner.hosts().size()) {
            verdicts.fail(Fault.ALLOWED_IPS, member.label(), seen, fix);
        } else {
            verdicts.warn(Fault.ALLOWED_IPS, member.label(), seen, fix);
        }
    }

    private void ownAddress(Member member) {
        for (PeerConfig peer : member.peers()) {
            for (IpPrefix range : Member.allowed(peer)) {
                if (member.hosts().contains(range)) {
                    verdicts.warn(
                            Fault.ALLOWED_IPS,
                            member.label(),
                            "%s is allowed %s, the address of this node itself"
                                    .formatted(folder.name(peer), range),
                            "AllowedIPs = the addresses of the other side");
                }
            }
        }
    }

    /** Finds addresses outside of the network that most files of a mesh have. */
    private void outside(List<Member> group) {
        for (boolean ipv6 : new boolean[] {false, true}) {
            Map<IpPrefix, Integer> counts = new HashMap<>();
            group.forEach(
                    member ->
                            networks(member, ipv6)
                                    .distinct()
                                    .forEach(network -> counts.merge(network, 1, Integer::sum)));
            counts.entrySet().stream()
                    .filter(entry -> entry.getValue() >= 2 && 2 * entry.getValue() > group.size())
                    .max(Map.Entry.comparingByValue())
                    .ifPresent(entry -> outside(group, entry.getKey()));
        }
    }

    private static Stream<IpPrefix> networks(Member member, boolean ipv6) {
        return member.networks().stream().filter(network -> network.ipv6() == ipv6);
    }

    private void outside(List<Member> group, IpPrefix network) {
        for (Member member : group) {
            List<IpPrefix> hosts =
                    member.hosts().stream().filter(h -> h.ipv6() == network.ipv6()).toList();
            boolean inside = hosts.stream().anyMatch(host -> network.contains(host.firstAddress()));
            if (!hosts.isEmpty() && !inside) {
                verdicts.warn(
                        Fault.RANGE,
                        member.label(),
                        "its address %s is outside of %s, the network of most other files"
                                .formatted(IpText.format(hosts.getFirst().firstAddress()), network),
                        "give it an address in " + network);
            }
        }
    }

    /** Finds networks of two interfaces of one machine that have addresses in common. */
    private void overlaps(List<Member> ofNode) {
        for (int i = 1; i < ofNode.size(); i++) {
            for (Member other : ofNode.subList(0, i)) {
                overlap(ofNode.get(i), other);
            }
        }
    }

    private void overlap(Member member, Member other) {
        for (IpPrefix one : member.networks()) {
            for (IpPrefix two : other.networks()) {
                if (one.overlaps(two)) {
                    verdicts.fail(
                            Fault.RANGE,
                            member.label(),
                            "its network %s overlaps %s of %s on the same machine: one hides the"
                                            .formatted(one, two, other.label())
                                    + " other",
                            "a network of its own for each interface, such as 10.77.0.0/16 and"
                                    + " 10.78.0.0/16");
                    return;
                }
            }
        }
    }
}
