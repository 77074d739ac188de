// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.mesh.status.PeerReport;

/** Checks the results of trials on this machine: D6, D8, D11, D13 and D18. */
final class MachineChecks {
    private final LiveView.Machine machine;
    private final Links links;
    private final Verdicts verdicts;
    private final long node;
    private final String name;

    MachineChecks(LiveView view, Links links, Verdicts verdicts) {
        machine = view.machineOrNull();
        this.links = links;
        this.verdicts = verdicts;
        node = view.nodeOrNull() == null ? -1 : view.nodeOrNull().id();
        name = links.name(node);
    }

    void run() {
        if (machine == null) {
            String why = "only a node itself can try this: run wgj mesh doctor there";
            verdicts.skip(Fault.RANGE, verdicts.whole(), why);
            verdicts.skip(Fault.MTU, verdicts.whole(), why);
            return;
        }
        machine.unseen().forEach(unseen -> verdicts.skip(unseen.fault(), name, unseen.why()));
        for (String collision : machine.collisions()) {
            verdicts.fail(
                    Fault.RANGE,
                    name,
                    collision,
                    "change that network; the mesh's is fixed by wgj mesh init --cidr");
        }
        for (String hidden : machine.hidden()) {
            verdicts.warn(
                    Fault.RANGE, name, hidden, "nothing, if no machine in that part is needed");
        }
        for (String file : machine.exposed()) {
            verdicts.fail(
                    Fault.FILE,
                    name,
                    file + " holds keys, and other users can read it",
                    "chmod 600 " + file + ", and new keys if others use this machine");
        }
        for (LiveView.Unforwarded each : machine.unforwarded()) {
            verdicts.fail(Fault.ALLOWED_IPS, name, each.what(), each.fix());
        }
        for (LiveView.PlaneTrial plane : machine.planes()) {
            firewall(plane);
            mtu(plane);
        }
    }

    /** Says what passed, after all other checks. */
    void finish() {
        if (machine == null) {
            return;
        }
        verdicts.passUnlessFound(Fault.RANGE, "no local network or name server is in the mesh's");
        verdicts.passUnlessFound(Fault.FILE, "the files with keys are open to their owner alone");
        verdicts.passUnlessFound(Fault.MTU, "packets of full size are answered by every node");
    }

    private void firewall(LiveView.PlaneTrial plane) {
        String fix =
                "nft insert rule inet filter input udp dport %d accept, in the chain that drops it"
                        .formatted(plane.port());
        boolean down =
                links.outOf(node).stream()
                        .filter(way -> way.plane().equals(plane.plane()))
                        .map(way -> links.all().get(way))
                        .anyMatch(Links::isDown);
        String what =
                "the firewall of this machine drops what comes to UDP port %d of %s"
                        .formatted(plane.port(), plane.plane());
        switch (plane.firewall()) {
            case CLOSED -> {
                if (down) {
                    verdicts.fail(
                            Fault.FIREWALL,
                            name,
                            "%s, in %s, and links are down".formatted(what, plane.rule()),
                            fix);
                } else {
                    verdicts.warn(
                            Fault.FIREWALL,
                            name,
                            "%s, in %s: links work only where this node begins"
                                    .formatted(what, plane.rule()),
                            fix);
                }
            }
            case SOMETIMES ->
                    verdicts.warn(
                            Fault.FIREWALL,
                            name,
                            what + " unless conditions are met, in " + plane.rule(),
                            fix);
            case OPEN, UNKNOWN -> {}
        }
    }

    private void mtu(LiveView.PlaneTrial plane) {
        if (plane.planeMtu() > 0 && plane.mtu() > 0 && plane.mtu() != plane.planeMtu()) {
            verdicts.warn(
                    Fault.MTU,
                    name,
                    "%s has an MTU of %d here, and of %d in the mesh"
                            .formatted(plane.plane(), plane.mtu(), plane.planeMtu()),
                    "ip link set %s mtu %d".formatted(plane.plane(), plane.planeMtu()));
        }
        for (LiveView.Echo echo : plane.echoes()) {
            PeerReport report = links.of(plane.plane(), node, echo.node());
            if (echo.longest() == 0) {
                if (report != null && report.kind().isUp()) {
                    verdicts.skip(
                            Fault.MTU,
                            name,
                            "%s: %s answers no ping, though its tunnel answers"
                                    .formatted(plane.plane(), echo.name()));
                }
            } else if (echo.longest() < plane.mtu()) {
                verdicts.fail(
                        Fault.MTU,
                        name,
                        "%s: packets to %s longer than %d bytes are lost, and the MTU is %d"
                                .formatted(plane.plane(), echo.name(), echo.longest(), plane.mtu()),
                        "ip link set %s mtu %d on all nodes, or let ICMP \"fragmentation needed\""
                                        .formatted(plane.plane(), echo.longest())
                                + " pass");
            }
        }
    }
}
