// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapChecks;
import org.wgj.mesh.map.MapDelta;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.MapPolicy;
import org.wgj.mesh.map.MapRefusedException;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.SignedOrder;
import org.wgj.mesh.map.StreamLine;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Decides what of a coordinator's stream becomes the node's map. It has no I/O and no clock. For
 * one thread.
 *
 * <p>A revision never goes back within an epoch, and another epoch, which a restored coordinator
 * has, needs the consent of the node's user: a backup may bring back nodes that were removed. A map
 * that takes away more than half of the nodes must come twice, 5 s apart, in case it is a mistake.
 */
public final class MapKeeper {
    /** The time that a map must last if it removes most nodes, in nanoseconds. */
    static final long DOUBT_NS = 5_000_000_000L;

    /** A mesh of fewer other nodes may change completely at once. */
    private static final int SMALL = 4;

    private final MapChecks checks;
    private final long ownId;
    private final Predicate<UUID> acceptsEpoch;
    private UUID epoch;
    private MeshMap whole; // as the coordinator sent it; null before the first
    private Set<Long> doubted = Set.of();
    private long doubtedSinceNs;

    /** The effect of a line of the stream. */
    public sealed interface Outcome {}

    /**
     * There is a new map.
     *
     * @param map what the node may use of it
     * @param whole what the coordinator sent, to be kept
     * @param warnings what was left out, in words
     */
    public record Accepted(MeshMap map, MeshMap whole, List<String> warnings) implements Outcome {
        public Accepted {
            warnings = List.copyOf(warnings);
        }
    }

    /** There is no change. */
    public record Nothing() implements Outcome {}

    /**
     * The coordinator has to send a whole map: reconnect and ask for it.
     *
     * @param reason why
     * @param delayNs how long to wait before, in nanoseconds
     */
    public record AskFull(String reason, long delayNs) implements Outcome {}

    /**
     * The coordinator sends what the node does not accept; the node goes on with its own map.
     *
     * @param reason why, and what to do
     */
    public record Refused(String reason) implements Outcome {}

    /**
     * Makes a keeper without a map.
     *
     * @param policy what a map may say
     * @param ownId the node's id
     * @param epoch the epoch at which the node joined
     * @param order the order of the lock's signatures at the map that was kept; {@link
     *     SignedOrder#NONE} without one
     * @param acceptsEpoch asked whether the user consents to another epoch
     */
    public MapKeeper(
            MapPolicy policy,
            long ownId,
            UUID epoch,
            SignedOrder order,
            Predicate<UUID> acceptsEpoch) {
        checks = new MapChecks(policy, order);
        this.ownId = ownId;
        this.epoch = epoch;
        this.acceptsEpoch = acceptsEpoch;
    }

    /**
     * Takes the map that the node kept over a restart.
     *
     * @param cached the map as it was kept
     * @return {@link Accepted}, or {@link Refused} if it is not acceptable
     */
    public Outcome restore(MeshMap cached) {
        if (!cached.epoch().equals(epoch)) {
            return new Refused("the kept map is of another epoch");
        }
        return take(cached, null);
    }

    /**
     * Returns the epoch that the node follows.
     *
     * @return that at which it joined, or a later one that its user accepted
     */
    public UUID epoch() {
        return epoch;
    }

    /**
     * Returns the order of the lock's signatures up to the last map, to be kept with it.
     *
     * @return {@link SignedOrder#NONE} without a lock
     */
    public SignedOrder order() {
        return checks.order();
    }

    /**
     * Returns the revision to ask changes from.
     *
     * @return 0 without a map
     */
    public long revision() {
        return whole == null ? 0 : whole.revision();
    }

    /**
     * Takes a line of the stream.
     *
     * @param line the line
     * @param nowNs the time in nanoseconds of any clock that does not go back
     * @return what to do
     */
    public Outcome receive(StreamLine line, long nowNs) {
        return switch (line) {
            case StreamLine.Alive(), StreamLine.Watched(), StreamLine.Rotate(_) -> new Nothing();
            case StreamLine.Full(MeshMap map, Bytes hash) -> full(map, hash, nowNs);
            case StreamLine.Delta(MapDelta delta) -> delta(delta, nowNs);
        };
    }

    private Outcome full(MeshMap map, Bytes hash, long nowNs) {
        if (!MapNodes.hash(map).equals(hash)) {
            return new AskFull("the hash of the map is wrong", DOUBT_NS);
        }
        if (!map.epoch().equals(epoch)) {
            if (!acceptsEpoch.test(map.epoch())) {
                return new Refused(
                        "the coordinator has another epoch of the map, as after a restore from a"
                                + " backup, which may bring back removed nodes; if that is right:"
                                + " wgj join --accept-restore");
            }
            epoch = map.epoch();
            checks.forgetOrder();
            whole = null; // its revisions say nothing about those of the new epoch
        } else if (whole != null && map.revision() < whole.revision()) {
            return new Refused(
                    "the coordinator has the older revision %d, and this node %d already"
                            .formatted(map.revision(), whole.revision()));
        } else if (map.equals(whole)) {
            return new Nothing();
        }
        return consider(map, null, nowNs);
    }

    private Outcome delta(MapDelta delta, long nowNs) {
        if (whole == null
                || !delta.epoch().equals(whole.epoch())
                || delta.from() != whole.revision()) {
            return new AskFull("a difference does not fit the map", 0);
        }
        MeshMap map = MapNodes.apply(whole, delta);
        if (!MapNodes.hash(map).equals(delta.hash())) {
            return new AskFull("the hash after a difference is wrong", 0);
        }
        return consider(map, delta, nowNs);
    }

    private Outcome consider(MeshMap map, MapDelta deltaOrNull, long nowNs) {
        // A difference says itself how many it removes.
        Set<Long> gone =
                deltaOrNull != null && deltaOrNull.removed().size() < SMALL / 2
                        ? Set.of()
                        : gone(map);
        if (!gone.isEmpty()) {
            boolean same = !doubted.isEmpty() && gone.containsAll(doubted);
            if (!same) {
                doubted = gone;
                doubtedSinceNs = nowNs;
            }
            long left = DOUBT_NS - (nowNs - doubtedSinceNs);
            if (!same || left > 0) {
                return new AskFull(
                        "the map takes away %d of %d nodes: asking again in a moment"
                                .formatted(gone.size(), whole.nodes().size() - 1),
                        same ? left : DOUBT_NS);
            }
        }
        doubted = Set.of();
        return take(map, deltaOrNull);
    }

    /** Returns the other nodes that a map takes away; empty if they are not suspiciously many. */
    private Set<Long> gone(MeshMap map) {
        if (whole == null) {
            return Set.of();
        }
        Set<Long> gone = new HashSet<>(whole.nodes().keySet());
        gone.remove(ownId);
        int before = gone.size();
        gone.removeAll(map.nodes().keySet());
        return before >= SMALL && gone.size() * 2 > before ? gone : Set.of();
    }

    private Outcome take(MeshMap map, MapDelta deltaOrNull) {
        MeshMap packed = MapNodes.packed(map); // before its usable part, which shares the bytes
        try {
            MapPolicy.Checked checked =
                    deltaOrNull == null
                            ? checks.check(whole, packed)
                            : checks.check(whole, deltaOrNull, packed);
            whole = packed;
            return new Accepted(checked.map(), whole, checked.warnings());
        } catch (MapRefusedException e) {
            return new Refused("the coordinator's map is not accepted: " + e.getMessage());
        }
    }
}
