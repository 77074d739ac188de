// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.status.StatusText;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The nodes themselves, and what waits for administrators: D4, D14, D15, D19 and D20. */
final class NodeChecks {
    /** A clock that is wrong by more misleads people and expires tokens. */
    private static final long CLOCK_MS = 30_000;

    /** A node reports each minute: one that has a stream and says less is dying or asleep. */
    private static final long SILENT_S = 75;

    /** A node that is asked whether it is there answers after 3.5 s. */
    private static final long ANSWER_S = 5;

    private static final int MANY_USES = 10;
    private static final Duration LONG = Duration.ofHours(24);
    private static final Duration SOON = Duration.ofMinutes(10);

    private final LiveView view;
    private final Links links;
    private final Verdicts verdicts;
    private final Set<Long> silent = new HashSet<>();

    NodeChecks(LiveView view, Links links, Verdicts verdicts) {
        this.view = view;
        this.links = links;
        this.verdicts = verdicts;
    }

    /** Returns nodes about whose links nothing more needs to be said. */
    Set<Long> run() {
        MeshStatus mesh = view.meshOrNull();
        if (mesh == null) {
            NodeStatus.Control control = view.nodeOrNull().control();
            verdicts.fail(
                    Fault.MAP,
                    links.name(view.nodeOrNull().id()),
                    "no coordinator answers%s: it goes on with the map that it has, and learns of no"
                                    .formatted(
                                            control.problem().isEmpty()
                                                    ? ""
                                                    : " ("
                                                            + StatusText.visible(control.problem())
                                                            + ")")
                            + " change",
                    "start wgj mesh serve on %s, or let its UDP port pass"
                            .formatted(StatusText.visible(control.coordinator())));
            verdicts.skip(
                    Fault.OFFLINE, verdicts.whole(), "only a coordinator knows which nodes run");
        } else {
            for (NodeState node : mesh.nodes()) {
                if (node.stock()) {
                    stock(node);
                } else {
                    present(node);
                    if (view.isAbout(node.id())) {
                        copied(node);
                        version(node);
                        map(mesh, node);
                    }
                }
            }
            clocks(mesh);
            long nodes = mesh.nodes().stream().filter(node -> !node.stock()).count();
            verdicts.passUnlessFound(Fault.CLONE, "no key is used by two machines");
            verdicts.passUnlessFound(
                    Fault.OFFLINE,
                    nodes == 1
                            ? "the only node is online"
                            : "all %d nodes are online".formatted(nodes));
            verdicts.passUnlessFound(
                    Fault.MAP,
                    "all nodes have map %d%s"
                            .formatted(
                                    mesh.revision(),
                                    view.version().isEmpty()
                                            ? ""
                                            : " and version " + view.version()));
        }
        if (view.onlyOrNull() == null) {
            administration();
        }
        return silent;
    }

    private void present(NodeState node) {
        String name = links.name(node.id());
        String relay = node.relay() ? ", and it relays: links of others may need it" : "";
        if (!node.online()) {
            silent.add(node.id());
            verdicts.fail(
                    Fault.OFFLINE,
                    name,
                    node.controlAgeS() < 0
                            ? "it has never been online" + relay
                            : "it is offline, last heard %s ago%s"
                                    .formatted(StatusText.age(node.controlAgeS()), relay),
                    "start it there: wgj join; or take it out: wgj mesh rm " + name);
        } else if (links.isSilent(node.id())) {
            silent.add(node.id());
            verdicts.fail(
                    Fault.OFFLINE,
                    name,
                    "no other node reaches it; the coordinator heard it %s ago%s"
                            .formatted(StatusText.age(node.controlAgeS()), relay),
                    "see whether the machine runs, and whether UDP leaves and enters it: there, wgj"
                            + " mesh doctor");
        } else if (node.unansweredS() >= ANSWER_S) {
            verdicts.warn(
                    Fault.OFFLINE,
                    name,
                    "it has a connection, but does not answer, last heard %s ago%s"
                            .formatted(StatusText.age(node.controlAgeS()), relay),
                    "see whether the machine runs, is overloaded or asleep");
        } else if (node.controlAgeS() > SILENT_S) {
            verdicts.warn(
                    Fault.OFFLINE,
                    name,
                    "it has a connection, but has reported nothing for "
                            + StatusText.age(node.controlAgeS()),
                    "see whether the machine is overloaded or asleep");
        }
    }

    /** A stock peer may be a laptop, which is not always on. */
    private void stock(NodeState node) {
        // Such a peer is told of even if no node has a link to it.
        boolean never = node.heardAgeS() < 0 && !links.isReached(node.id());
        if (!never && !links.isSilent(node.id())) {
            return;
        }
        silent.add(node.id());
        String name = links.name(node.id());
        if (!never && links.isHeardElsewhere(node.id())) {
            verdicts.fail(
                    Fault.OFFLINE,
                    name,
                    "it is on, as it was heard %s ago, but no node reaches it"
                            .formatted(StatusText.age(node.heardAgeS())),
                    "print its file again and use it there: wgj mesh stock %s --again"
                            .formatted(name));
        } else {
            verdicts.warn(
                    Fault.OFFLINE,
                    name,
                    node.heardAgeS() < 0
                            ? "no node reaches it, and it has never been heard"
                            : "no node reaches it, last heard %s ago: it may be switched off"
                                    .formatted(StatusText.age(node.heardAgeS())),
                    "switch it on if it is needed; if it is on, print its file again and use it"
                            + " there: wgj mesh stock %s --again".formatted(name));
        }
    }

    private void copied(NodeState node) {
        if (node.copied()) {
            verdicts.fail(
                    Fault.CLONE,
                    links.name(node.id()),
                    "two machines use its key: its packets come from two places in turn",
                    "on the copy: wgj leave --forget, then wgj join with a token of its own");
        }
    }

    private void version(NodeState node) {
        if (!view.version().isEmpty()
                && node.online()
                && !node.version().isEmpty()
                && !node.version().equals(view.version())) {
            verdicts.warn(
                    Fault.MAP,
                    links.name(node.id()),
                    "it has version %s of wgj, and this machine has %s"
                            .formatted(StatusText.visible(node.version()), view.version()),
                    "install the same version on all machines");
        }
    }

    private void map(MeshStatus mesh, NodeState node) {
        if (!node.online() || node.revision() >= view.settledRevision()) {
            return;
        }
        String name = links.name(node.id());
        if (node.revision() == 0) {
            verdicts.warn(
                    Fault.MAP,
                    name,
                    "it has not yet said which map it has; the mesh is at %d"
                            .formatted(mesh.revision()),
                    "ask again in 10 s; its log says whether it refuses the map");
        } else {
            verdicts.fail(
                    Fault.MAP,
                    name,
                    "it has map %d, and the mesh is at %d: it does not know what changed"
                            .formatted(node.revision(), mesh.revision()),
                    "its log says why it refuses the map: journalctl -u wgj-node");
        }
    }

    private void clocks(MeshStatus mesh) {
        List<NodeState> wrong = new ArrayList<>();
        int told = 0;
        int ahead = 0;
        for (NodeState node : mesh.nodes()) {
            if (node.online() && node.clockAheadMs().isPresent()) {
                told++;
                if (Math.abs(node.clockAheadMs().getAsLong()) > CLOCK_MS) {
                    wrong.add(node);
                    ahead += node.clockAheadMs().getAsLong() > 0 ? 1 : 0;
                }
            }
        }
        // If most nodes agree that it is another time, the coordinator's clock is the wrong one.
        boolean agree = ahead == wrong.size() || ahead == 0;
        if (wrong.size() >= 2 && 2 * wrong.size() > told && agree) {
            verdicts.warn(
                    Fault.CLOCK,
                    verdicts.whole(),
                    "the coordinator's clock is %s most nodes: tokens expire too %s"
                            .formatted(
                                    ahead > 0 ? "behind that of" : "ahead of that of",
                                    ahead > 0 ? "late" : "soon"),
                    "timedatectl set-ntp true on the coordinator's machine");
            return;
        }
        wrong.removeIf(node -> !view.isAbout(node.id()));
        for (NodeState node : wrong) {
            long ms = node.clockAheadMs().getAsLong();
            verdicts.warn(
                    Fault.CLOCK,
                    links.name(node.id()),
                    "its clock is %s %s the coordinator's: it misjudges tokens, and its log shows"
                                    .formatted(
                                            StatusText.age(Math.abs(ms) / 1_000),
                                            ms > 0 ? "ahead of" : "behind")
                            + " wrong times",
                    "there: timedatectl set-ntp true");
        }
        if (told > 0) {
            verdicts.passUnlessFound(
                    Fault.CLOCK,
                    "the clocks of all nodes agree with the coordinator's to %d s"
                            .formatted(CLOCK_MS / 1_000));
        } else {
            verdicts.skip(Fault.CLOCK, verdicts.whole(), "no node has told its time yet");
        }
    }

    private void administration() {
        LiveView.Administration known = view.administrationOrNull();
        if (known == null) {
            verdicts.skip(
                    Fault.OPEN,
                    verdicts.whole(),
                    "only the coordinator's machine knows tokens and what waits for approval");
            return;
        }
        known.tokens().forEach(this::token);
        for (String name : known.pending()) {
            String node = StatusText.visible(name);
            verdicts.warn(
                    Fault.OPEN,
                    node,
                    "it waits for approval, and no node can reach it",
                    "wgj mesh approve %s, or wgj mesh rm %s".formatted(node, node));
        }
        for (String route : known.routes()) {
            verdicts.warn(
                    Fault.OPEN,
                    verdicts.whole(),
                    "the network %s waits for approval".formatted(StatusText.visible(route)),
                    "wgj mesh approve NODE --route NETWORK, if it is meant so");
        }
        verdicts.passUnlessFound(
                Fault.OPEN,
                known.tokens().isEmpty()
                        ? "no token is open, and nothing waits for approval"
                        : "%d open tokens, each short-lived or for few nodes; nothing waits for"
                                        .formatted(known.tokens().size())
                                + " approval");
    }

    private void token(LiveView.Token token) {
        Duration left = Duration.between(view.now(), token.expires());
        Instant longLived = token.created().plus(LONG);
        if (left.compareTo(SOON) < 0 && token.expires().isAfter(longLived)) {
            verdicts.warn(
                    Fault.OPEN,
                    verdicts.whole(),
                    "token %d ends in %s and still has %d uses: joins with it fail then"
                            .formatted(
                                    token.id(),
                                    StatusText.age(Math.max(left.toSeconds(), 0)),
                                    token.usesLeft()),
                    "wgj mesh token, and give that one to the machines that still join");
        } else if (token.usesLeft() >= MANY_USES && left.compareTo(LONG) > 0) {
            verdicts.warn(
                    Fault.OPEN,
                    verdicts.whole(),
                    "token %d lets %d more machines join during the next %s"
                            .formatted(
                                    token.id(), token.usesLeft(), StatusText.age(left.toSeconds())),
                    "wgj mesh token --revoke %d, if it is no longer needed".formatted(token.id()));
        }
    }
}
