// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.PeerReport;
import org.wgj.mesh.status.StatusText;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks how the nodes reach each other: D1, D7, D11, D16, D17 and D18. */
final class LinkChecks {
    private final LiveView view;
    private final Links links;
    private final Verdicts verdicts;
    private final Map<String, Integer> ports;

    /** Nodes of which something worse was said than that they are not reached. */
    private final Set<Long> silent;

    private final Set<LiveView.Seat> closed = new HashSet<>();
    private int up;
    private int relayed;

    LinkChecks(LiveView view, Links links, Set<Long> silent, Verdicts verdicts) {
        this.view = view;
        this.links = links;
        this.silent = silent;
        this.verdicts = verdicts;
        ports =
                view.ports().stream()
                        .collect(
                                Collectors.toMap(
                                        LiveView.PlanePort::plane, LiveView.PlanePort::port));
    }

    void run() {
        Set<Links.Way> done = new HashSet<>();
        for (Links.Way way : links.all().keySet()) {
            blocked(way.plane(), way.from());
        }
        for (Links.Way way : links.all().keySet()) {
            long low = Math.min(way.from(), way.to());
            long high = Math.max(way.from(), way.to());
            if (done.add(new Links.Way(way.plane(), low, high))) {
                pair(way.plane(), low, high);
            }
        }
        verdicts.passUnlessFound(Fault.ONE_SIDED, "both ends of every link say the same");
        verdicts.passUnlessFound(
                Fault.TUNNEL_IN_TUNNEL, "no node is reached only through the mesh itself");
        verdicts.passUnlessFound(
                Fault.LINK,
                up == 1 ? "one link, and it is up" : "all %d links are up".formatted(up));
        verdicts.passUnlessFound(
                Fault.RELAYED,
                relayed == 0
                        ? "every link is direct"
                        : "%d of %d links are relayed, as their routers want it"
                                .formatted(relayed, up));
        verdicts.passUnlessFound(Fault.FIREWALL, "no node is cut off in one plane alone");
    }

    /** Finds a node into which nothing comes in a plane, while it is reached in another one. */
    private void blocked(String plane, long node) {
        LiveView.Seat seat = new LiveView.Seat(node, plane);
        if (silent.contains(node) || !links.isOnline(node) || closed.contains(seat)) {
            return;
        }
        boolean saysSo = false;
        boolean upHere = false;
        boolean upElsewhere = false;
        for (Links.Way way : links.outOf(node)) {
            PeerReport report = links.all().get(way);
            boolean here = way.plane().equals(plane);
            saysSo |= here && report.reason().equals("udp_blocked");
            upHere |= here && report.kind().isUp();
            upElsewhere |= !here && report.kind().isUp();
        }
        if (upHere || !saysSo && !(upElsewhere && cutOff(plane, node))) {
            return;
        }
        closed.add(seat);
        String port = port(plane);
        verdicts.fail(
                Fault.FIREWALL,
                links.name(node),
                upElsewhere
                        ? "nothing comes in on %s%s, while other planes work: its firewall drops it"
                                .formatted(StatusText.visible(plane), port)
                        : "nothing comes in on %s%s: a firewall drops UDP"
                                .formatted(StatusText.visible(plane), port),
                ports.containsKey(plane)
                        ? "on %s: nft insert rule inet filter input udp dport %d accept"
                                .formatted(links.name(node), ports.get(plane))
                        : "accept the plane's UDP port in the firewall of " + links.name(node));
    }

    private String port(String plane) {
        return ports.containsKey(plane) ? ", UDP port " + ports.get(plane) : "";
    }

    /** Returns whether a node is alone in a plane in which at least two others reach each other. */
    private boolean cutOff(String plane, long node) {
        int down = 0;
        for (Links.Way way : links.outOf(node)) {
            if (way.plane().equals(plane) && links.isOnline(way.to())) {
                if (!Links.isDown(links.all().get(way))) {
                    return false;
                }
                down++;
            }
        }
        return down >= 2
                && links.all().entrySet().stream()
                        .anyMatch(
                                entry ->
                                        entry.getKey().plane().equals(plane)
                                                && entry.getKey().from() != node
                                                && entry.getKey().to() != node
                                                && entry.getValue().kind().isUp());
    }

    private void pair(String plane, long a, long b) {
        if (!view.isAbout(a) && !view.isAbout(b)) {
            return;
        }
        if (silent.contains(a) || silent.contains(b) || !there(a) || !there(b)) {
            return;
        }
        if (closed.contains(new LiveView.Seat(a, plane))
                || closed.contains(new LiveView.Seat(b, plane))) {
            return; // told already
        }
        PeerReport there = links.of(plane, a, b);
        PeerReport back = links.of(plane, b, a);
        boolean downThere = there != null && Links.isDown(there);
        boolean downBack = back != null && Links.isDown(back);
        if (downThere && back != null && back.kind().isUp() && links.isFresh(b)) {
            oneWay(plane, a, there, b, back);
        } else if (downBack && there != null && there.kind().isUp() && links.isFresh(a)) {
            oneWay(plane, b, back, a, there);
        } else if (downThere) {
            down(plane, a, b, there);
        } else if (downBack) {
            down(plane, b, a, back);
        } else {
            up(plane, a, b, there, back);
        }
    }

    /** Returns whether a link to a node may be expected. */
    private boolean there(long node) {
        return links.isOnline(node) || links.isStock(node);
    }

    private void oneWay(String plane, long from, PeerReport down, long to, PeerReport up) {
        verdicts.fail(
                Fault.ONE_SIDED,
                links.name(from),
                "%s: it does not reach %s (%s), which reaches it (%s)"
                        .formatted(
                                StatusText.visible(plane),
                                links.name(to),
                                state(down),
                                up.kind().word()),
                "ask again in 10 s, as one end may have noticed first; then examine the firewalls"
                        + " of"
                        + " %s and %s".formatted(links.name(from), links.name(to)));
    }

    private static String state(PeerReport report) {
        return report.reason().isEmpty()
                ? report.kind().word()
                : report.kind().word() + ", " + StatusText.visible(report.reason());
    }

    private void down(String plane, long from, long to, PeerReport report) {
        Fault fault =
                report.reason().equals("endpoint_in_own_routes")
                        ? Fault.TUNNEL_IN_TUNNEL
                        : Fault.LINK;
        String seen =
                "%s: %s is %s (%s)"
                        .formatted(
                                StatusText.visible(plane),
                                links.name(to),
                                report.kind() == LinkKind.BROKEN
                                        ? "no longer reached"
                                        : "not reached",
                                state(report));
        String fix = fix(plane, from, to, report.reason());
        if (links.isStock(to) && !links.isHeardElsewhere(to, report)) {
            verdicts.warn(fault, links.name(from), seen, fix); // others may notice it later
        } else {
            verdicts.fail(fault, links.name(from), seen, fix);
        }
    }

    private String fix(String plane, long from, long to, String reason) {
        return switch (reason) {
            case "udp_blocked" ->
                    "accept UDP%s in the firewalls of %s and in front of it"
                            .formatted(port(plane).replace(", UDP", ""), links.name(from));
            case "no_candidate" ->
                    "on %s: wgj join --endpoint HOST, or let the coordinator relay"
                            .formatted(links.name(to));
            case "endpoint_in_own_routes" ->
                    "take the network that has the address of %s out of the routes of the mesh"
                            .formatted(links.name(to));
            case "direct_only" ->
                    "give %s or %s a way in (wgj join --endpoint HOST:PORT), or let the one that"
                                    .formatted(links.name(from), links.name(to))
                            + " takes no relay join again without --direct-only";
            case "mtu" -> "mend the path's MTU, or let ICMP pass on it";
            case "stock_peer" -> examine(to);
            default ->
                    links.isStock(to)
                            ? examine(to)
                            : "on %s and on %s: wgj mesh doctor, which tries the links of the machine itself"
                                    .formatted(links.name(from), links.name(to));
        };
    }

    private String examine(long stock) {
        return "examine the other implementation on %s: whether it is on, its peers, keys and endpoint"
                .formatted(links.name(stock));
    }

    private void up(String plane, long a, long b, PeerReport there, PeerReport back) {
        PeerReport worse = worse(there, back);
        if (worse == null || !worse.kind().isUp()) {
            return;
        }
        up++;
        if (worse.kind() != LinkKind.RELAY) {
            return;
        }
        relayed++;
        long from = worse == there ? a : b;
        long to = worse == there ? b : a;
        String seen =
                "%s: %s is reached over a relay only (%s)"
                        .formatted(
                                StatusText.visible(plane), links.name(to), reason(worse.reason()));
        switch (worse.reason()) {
            case "mtu" ->
                    verdicts.warn(
                            Fault.MTU,
                            links.name(from),
                            seen,
                            "mend the path between them, or let ICMP \"fragmentation needed\""
                                    + " pass");
            case "endpoint_in_own_routes" ->
                    verdicts.warn(
                            Fault.TUNNEL_IN_TUNNEL,
                            links.name(from),
                            seen,
                            fix(plane, from, to, worse.reason()));
            case "probing", "forced", "stock_peer" -> {}
            default -> {
                if (isPublic(plane, a) && isPublic(plane, b)) {
                    verdicts.warn(
                            Fault.RELAYED,
                            links.name(from),
                            seen + ", though both have public addresses",
                            "accept UDP%s in the firewalls of %s and %s"
                                    .formatted(
                                            port(plane).replace(", UDP", ""),
                                            links.name(a),
                                            links.name(b)));
                }
            }
        }
    }

    private static PeerReport worse(PeerReport there, PeerReport back) {
        if (there == null || back == null) {
            return there == null ? back : there;
        }
        int order = there.kind().compareTo(back.kind());
        if (order == 0) {
            return there.reason().isEmpty() ? back : there;
        }
        return order > 0 ? there : back;
    }

    private boolean isPublic(String plane, long node) {
        return view.publicPlaces().contains(new LiveView.Seat(node, plane));
    }

    private static String reason(String code) {
        return switch (code) {
            case "timeout" -> "timeout: its places were tried and did not answer";
            case "no_candidate" -> "no_candidate: it has no place to try";
            case "sym_sym" -> "sym_sym: both routers choose a port for each destination";
            case "mtu" -> "mtu: the direct path loses packets of full size";
            case "endpoint_in_own_routes" ->
                    "endpoint_in_own_routes: its places lie in networks of the mesh";
            default -> StatusText.visible(code);
        };
    }
}
