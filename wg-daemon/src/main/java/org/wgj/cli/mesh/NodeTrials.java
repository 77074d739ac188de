// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import org.wgj.doctor.collect.FirewallReader;
import org.wgj.doctor.collect.MtuProbe;
import org.wgj.doctor.nft.Outcome;
import org.wgj.doctor.nft.Packet;
import org.wgj.doctor.observation.Observation.FirewallState;
import org.wgj.doctor.observation.Observation.TunnelMtu;
import org.wgj.join.Collisions;
import org.wgj.join.RouteForwarding;
import org.wgj.mesh.doctor.Fault;
import org.wgj.mesh.doctor.LiveView;
import org.wgj.mesh.doctor.LiveView.Seat;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.tun.linux.LinkState;
import org.wgj.tun.linux.RtNetlink;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Tries on a node what no coordinator can see: its firewall, its local networks, and whether
 * packets of full size pass. A ping is also data, on which the node examines its path at once.
 */
final class NodeTrials {
    private static final int MAX_ECHOES = 64;
    private static final int THREADS = 16;

    private final NodeStatus node;
    private final MeshMap mapOrNull;
    private final Path state;
    private final Long onlyOrNull;
    private final Set<Seat> silent = new HashSet<>();
    private final List<LiveView.Unseen> unseen = new ArrayList<>();

    /**
     * @param mapOrNull the node's map; null if it has none yet
     * @param onlyOrNull the node to try; null for all
     */
    NodeTrials(NodeStatus node, MeshMap mapOrNull, Path state, Long onlyOrNull) {
        this.node = node;
        this.mapOrNull = mapOrNull;
        this.state = state;
        this.onlyOrNull = onlyOrNull != null && onlyOrNull == node.id() ? null : onlyOrNull;
    }

    /** The nodes that answered no ping. */
    Set<Seat> silent() {
        return silent;
    }

    LiveView.Machine run() throws InterruptedException {
        FirewallState firewall = FirewallReader.read(Path.of("/proc"));
        if (firewall.unseen() != null) {
            unseen.add(new LiveView.Unseen(Fault.FIREWALL, firewall.unseen()));
        }
        Map<String, Integer> links = links();
        Map<Seat, LiveView.Echo> echoes = echoes(links);
        List<LiveView.PlaneTrial> planes = new ArrayList<>();
        for (NodeStatus.PlaneState plane : node.planes()) {
            planes.add(plane(plane, firewall, links, echoes));
        }
        Collisions.Found found = collisions();
        return new LiveView.Machine(
                planes, found.errors(), found.warnings(), exposed(), unforwarded(), unseen);
    }

    /** Only approved networks: others send nothing for the rest. */
    private List<LiveView.Unforwarded> unforwarded() {
        MapNode own = mapOrNull == null ? null : mapOrNull.nodes().get(node.id());
        if (own == null) {
            return List.of();
        }
        if (!own.routes().isEmpty()
                && node.planes().stream().anyMatch(plane -> !plane.proxies().isEmpty())) {
            return List.of(
                    new LiveView.Unforwarded(
                            "a node in user space forwards nothing to the networks that it"
                                    + " announces",
                            "run it as root, with an interface"));
        }
        return RouteForwarding.faults(own.routes()).stream()
                .map(fault -> new LiveView.Unforwarded(fault.what(), fault.fix()))
                .toList();
    }

    private LiveView.PlaneTrial plane(
            NodeStatus.PlaneState plane,
            FirewallState firewall,
            Map<String, Integer> links,
            Map<Seat, LiveView.Echo> echoes) {
        LiveView.Firewall state = LiveView.Firewall.UNKNOWN;
        String rule = "";
        if (firewall.ruleset() != null) {
            Set<String> inside = new HashSet<>(Set.of("lo"));
            node.planes().forEach(other -> inside.add(other.name()));
            Outcome outcome =
                    firewall.ruleset()
                            .outcome("input", Packet.datagram(false, plane.port(), inside));
            rule = "%s (%s)".formatted(outcome.chain(), outcome.how());
            state =
                    switch (outcome.kind()) {
                        case ACCEPTED -> LiveView.Firewall.OPEN;
                        case SOMETIMES -> LiveView.Firewall.SOMETIMES;
                        case DROPPED -> LiveView.Firewall.CLOSED;
                    };
        }
        List<LiveView.Echo> ofPlane =
                echoes.entrySet().stream()
                        .filter(echo -> echo.getKey().plane().equals(plane.name()))
                        .map(Map.Entry::getValue)
                        .toList();
        return new LiveView.PlaneTrial(
                plane.name(),
                plane.port(),
                state,
                rule,
                plane.proxies().isEmpty() ? links.getOrDefault(plane.name(), 0) : 0,
                planes().stream()
                        .filter(p -> p.name().equals(plane.name()))
                        .mapToInt(Plane::mtu)
                        .findFirst()
                        .orElse(0),
                ofPlane);
    }

    private List<Plane> planes() {
        return mapOrNull == null ? List.of() : mapOrNull.planes();
    }

    private Map<String, Integer> links() {
        Map<String, Integer> mtus = new HashMap<>();
        try (RtNetlink kernel = RtNetlink.open()) {
            for (LinkState link : kernel.links()) {
                mtus.put(link.name(), link.mtu());
            }
        } catch (IOException e) {
            unseen.add(
                    new LiveView.Unseen(
                            Fault.MTU, "the interfaces cannot be listed: " + e.getMessage()));
        }
        return mtus;
    }

    private Collisions.Found collisions() {
        try {
            return Collisions.find(planes());
        } catch (IOException e) {
            unseen.add(
                    new LiveView.Unseen(
                            Fault.RANGE, "the routes cannot be listed: " + e.getMessage()));
            return new Collisions.Found(List.of(), List.of());
        }
    }

    /** Pings every node whose link is up, and finds the longest packet that it answers. */
    private Map<Seat, LiveView.Echo> echoes(Map<String, Integer> links)
            throws InterruptedException {
        Map<Seat, Future<TunnelMtu>> trials = new HashMap<>();
        Map<Seat, String> names = new HashMap<>();
        int left = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (NodeStatus.Peer peer : node.peers()) {
                Seat seat = new Seat(peer.report().id(), peer.report().plane());
                boolean wanted = onlyOrNull == null || onlyOrNull == seat.node();
                Callable<TunnelMtu> trial = wanted ? trial(peer, links) : null;
                if (trial == null) {
                    continue;
                }
                if (trials.size() == MAX_ECHOES) {
                    left++;
                    continue;
                }
                trials.put(seat, threads.submit(trial));
                names.put(seat, peer.name());
            }
        }
        if (left > 0) {
            unseen.add(
                    new LiveView.Unseen(
                            Fault.MTU,
                            "%d further links were not tried: name a node".formatted(left)));
        }
        Map<Seat, LiveView.Echo> echoes = new HashMap<>();
        for (Map.Entry<Seat, Future<TunnelMtu>> trial : trials.entrySet()) {
            TunnelMtu result = result(trial.getValue());
            String name = names.get(trial.getKey());
            if (result.unmeasured() != null) {
                unseen.add(new LiveView.Unseen(Fault.MTU, name + ": " + result.unmeasured()));
            } else {
                int longest = result.limit().orElse(0);
                echoes.put(trial.getKey(), new LiveView.Echo(trial.getKey().node(), name, longest));
                if (longest == 0) {
                    silent.add(trial.getKey());
                }
            }
        }
        return echoes;
    }

    private static TunnelMtu result(Future<TunnelMtu> trial) throws InterruptedException {
        try {
            return trial.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Returns how to try a link; null if it is down, or has no interface or address. */
    private Callable<TunnelMtu> trial(NodeStatus.Peer peer, Map<String, Integer> links) {
        String plane = peer.report().plane();
        boolean userspace =
                node.planes().stream()
                        .anyMatch(p -> p.name().equals(plane) && !p.proxies().isEmpty());
        MapNode other = mapOrNull == null ? null : mapOrNull.nodes().get(peer.report().id());
        Membership there = other == null ? null : other.planes().get(plane);
        Integer mtu = links.get(plane);
        if (userspace || there == null || mtu == null || !peer.report().kind().isUp()) {
            return null;
        }
        InetAddress target = there.addresses().getFirst();
        return () -> MtuProbe.measure(target, plane, mtu);
    }

    /** Finds files with keys that other users can read. */
    private List<String> exposed() {
        List<String> exposed = new ArrayList<>();
        for (String file : List.of("node/identity.json", "coordinator/key")) {
            Path path = state.toAbsolutePath().resolve(file);
            try {
                if (isOpen(path, PosixFilePermission.OTHERS_READ, PosixFilePermission.GROUP_READ)
                        && isOpen(
                                path.getParent(),
                                PosixFilePermission.OTHERS_EXECUTE,
                                PosixFilePermission.GROUP_EXECUTE)) {
                    exposed.add(path.toString());
                }
            } catch (IOException | UnsupportedOperationException e) {
                // not here, or without permissions: nothing that others could read
            }
        }
        return exposed;
    }

    private static boolean isOpen(
            Path path, PosixFilePermission toOthers, PosixFilePermission toGroup)
            throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
        return permissions.contains(toOthers) || permissions.contains(toGroup);
    }
}
