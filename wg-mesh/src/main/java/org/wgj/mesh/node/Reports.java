// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.mesh.enrol.EnrolPlane;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.path.LocalAddress;
import org.wgj.mesh.path.PathReport;
import org.wgj.mesh.path.Paths;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeReport;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.status.PeerReport;
import org.wgj.mesh.status.RelayLoad;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A node's reports about itself: to its coordinator and to its user. For one thread. */
final class Reports {
    private static final int WHOLE_MS = 2_000;

    /** The time that an answer about the whole mesh is used again. */
    private static final long WHOLE_AGAIN_NS = 500_000_000L;

    /** A clock that is set by more is worth a report. */
    private static final long CLOCK_SET_MS = 2_000;

    private final Planes planes;
    private final Paths paths;
    private final InstantSource clock;
    private final String version;
    private final boolean relay;
    private final boolean directOnly;
    private final Identity.Member member;
    private final RouterPorts routerPorts;
    private final NamedPlace named;
    private SortedMap<String, List<Candidate>> lastCandidates = new TreeMap<>();
    private boolean changed = true;

    /** The machine's clock less the time that only goes forward, in ms, at the last report. */
    private long lastClockMs;

    private MeshStatus lastWholeOrNull;
    private long lastWholeNs;

    Reports(
            Identity identity,
            Planes planes,
            Paths paths,
            InstantSource clock,
            String version,
            RouterPorts routerPorts,
            NamedPlace named) {
        this.routerPorts = routerPorts;
        this.named = named;
        this.planes = planes;
        this.paths = paths;
        this.clock = clock;
        this.version = version;
        relay = identity.options().relay();
        directOnly = identity.options().directOnly();
        member = identity.memberOrNull();
    }

    /** The next report has something new. */
    void changed() {
        changed = true;
    }

    /**
     * Returns the next report.
     *
     * @param always also if nothing is new
     * @return JSON; empty if there is nothing to say
     */
    Optional<byte[]> next(List<LocalAddress> local, boolean always) {
        SortedMap<String, List<Candidate>> candidates = new TreeMap<>();
        for (String plane : planes.names()) {
            int port = planes.port(plane);
            List<Candidate> first =
                    new ArrayList<>(named.candidates(port, planes.port(planes.first())));
            first.addAll(routerPorts.candidates(port));
            candidates.put(plane, LocalCandidates.of(local, port, planes.inside(), first));
        }
        long timeMs =
                System.currentTimeMillis(); // not the handshakes' clock, which never goes back
        long clockMs = timeMs - TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        boolean clockSet = Math.abs(clockMs - lastClockMs) > CLOCK_SET_MS;
        if (!always && !changed && !clockSet && candidates.equals(lastCandidates)) {
            return Optional.empty();
        }
        lastClockMs = clockMs;
        changed = false;
        lastCandidates = candidates;
        return Optional.of(
                new NodeReport(
                                candidates,
                                peers(),
                                relay,
                                directOnly,
                                version,
                                OptionalLong.of(timeMs))
                        .write());
    }

    private List<PeerReport> peers() {
        List<PeerReport> peers = new ArrayList<>();
        Instant now = clock.instant();
        for (PathReport path : paths.report()) {
            peers.add(peer(path, now));
        }
        return peers;
    }

    private static boolean isUp(PathReport path) {
        return LinkKind.valueOf(path.kind().name()).isUp();
    }

    private static PeerReport peer(PathReport path, Instant now) {
        long age =
                path.lastHandshakeOrNull() == null
                        ? -1
                        : Math.max(
                                0, Duration.between(path.lastHandshakeOrNull(), now).toSeconds());
        return new PeerReport(
                path.nodeId(),
                path.plane(),
                LinkKind.valueOf(path.kind().name()),
                path.reasonOrNull() == null ? "" : path.reasonOrNull().text(),
                path.rttNs() < 0 ? -1 : path.rttNs() / 1e6,
                age,
                path.endpointOrNull());
    }

    /** Returns whether a map gives the node other addresses than it has. */
    static boolean hasMoved(EnrolPlane plane, MapNode own) {
        Membership now = own.planes().get(plane.name());
        return now == null
                || !new HashSet<>(now.addresses()).equals(new HashSet<>(plane.addresses()));
    }

    /**
     * Describes the node. While a peer has not answered, it asks the coordinator for the whole mesh
     * at most twice a second: {@code wgj join} wants the node's own state each 20 ms then.
     *
     * @param mapOrNull that the tunnels have the peers of; null before the first map
     * @param relayOrNull the work of the node's own relays
     * @param status completed with the description, with the whole mesh if the coordinator answers
     */
    void status(
            UUID epoch,
            MeshMap mapOrNull,
            CoordinatorLink link,
            RelayLoad relayOrNull,
            CompletableFuture<NodeStatus> status) {
        boolean reusable =
                link.isOpen()
                        && lastWholeOrNull != null
                        && System.nanoTime() - lastWholeNs < WHOLE_AGAIN_NS
                        && paths.report().stream().anyMatch(path -> !isUp(path));
        CompletableFuture<MeshStatus> whole =
                reusable
                        ? CompletableFuture.completedFuture(lastWholeOrNull)
                        : link.get("/v1/status", WHOLE_MS)
                                .handle((reply, failure) -> failure == null ? whole(reply) : null);
        whole.thenAccept(
                        found -> {
                            if (found != lastWholeOrNull) {
                                lastWholeOrNull = found;
                                lastWholeNs = System.nanoTime();
                            }
                            status.complete(own(epoch, mapOrNull, link, found, relayOrNull));
                        })
                .exceptionally(
                        failure -> {
                            status.completeExceptionally(failure);
                            return null;
                        });
    }

    private static MeshStatus whole(CoordinatorClient.Reply reply) {
        try {
            return reply.status() == 200 ? MeshStatus.read(reply.body()) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Describes the node as it sees itself, with what else is known. */
    NodeStatus own(
            UUID epoch,
            MeshMap mapOrNull,
            CoordinatorLink link,
            MeshStatus wholeOrNull,
            RelayLoad relayOrNull) {
        List<NodeStatus.PlaneState> states = new ArrayList<>();
        for (String plane : planes.names()) {
            states.add(
                    new NodeStatus.PlaneState(
                            plane,
                            planes.plane(plane).addresses(),
                            planes.port(plane),
                            planes.link(plane).proxies().orElse("")));
        }
        List<NodeStatus.Peer> peers = new ArrayList<>();
        for (PeerReport report : peers()) {
            MapNode node = mapOrNull == null ? null : mapOrNull.nodes().get(report.id());
            peers.add(new NodeStatus.Peer(node == null ? "?" : node.name(), report));
        }
        return new NodeStatus(
                member.mesh(),
                member.node(),
                mapOrNull == null ? member.name() : mapOrNull.nodes().get(member.node()).name(),
                epoch,
                mapOrNull == null ? 0 : mapOrNull.revision(),
                states,
                link.control(),
                peers,
                wholeOrNull,
                relayOrNull);
    }
}
