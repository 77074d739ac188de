// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.coordinator.api.ApiCall;
import org.wgj.coordinator.api.ApiException;
import org.wgj.coordinator.api.ApiReply;
import org.wgj.coordinator.api.ApiRoutes;
import org.wgj.coordinator.api.Caller;
import org.wgj.coordinator.api.OpenApi;
import org.wgj.coordinator.registry.RefusedException;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.Snapshot;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.enrol.Pace;
import org.wgj.mesh.map.JsonIn;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeReport;
import org.wgj.mesh.status.RelayLoad;

import java.io.IOException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** The requests of a member to its coordinator, through the tunnel. */
final class MemberRoutes {
    private static final Set<Caller.Kind> MEMBERS = Set.of(Caller.Kind.MEMBER);
    private static final Set<Caller.Kind> ALL = Set.of(Caller.Kind.values());
    private static final int MAX_SMALL_BODY = 1_024;
    private static final int MAX_RUN = 32;

    private static final int CHANGES_AT_ONCE = 12;
    private static final long CHANGE_EVERY_MS = 10_000;
    private static final int MAX_REMEMBERED = 70_000; // more than nodes in a map

    private final Registry registry;
    private final Presence presence;
    private final StreamHub hub;
    private final Sightings sightings;
    private final Supplier<RelayLoad> relayLoadOrNull;
    private final BiConsumer<Set<PublicKey>, String> spoke;
    private final InstantSource clock;

    /** Each change of a member in the store is a revision, which all members get. */
    private final Pace<Long> changes =
            new Pace<>(
                    CHANGES_AT_ONCE,
                    TimeUnit.MILLISECONDS.toNanos(CHANGE_EVERY_MS),
                    MAX_REMEMBERED);

    /**
     * @param spoke told the keys of a node and the number of the process that has spoken for it
     */
    MemberRoutes(
            Registry registry,
            Presence presence,
            StreamHub hub,
            Sightings sightings,
            Supplier<RelayLoad> relayLoadOrNull,
            BiConsumer<Set<PublicKey>, String> spoke,
            InstantSource clock) {
        this.spoke = spoke;
        this.relayLoadOrNull = relayLoadOrNull;
        this.sightings = sightings;
        this.registry = registry;
        this.presence = presence;
        this.hub = hub;
        this.clock = clock;
    }

    void addTo(ApiRoutes routes) {
        routes.add("GET", "/v1/stream", MEMBERS, this::stream)
                .add("POST", "/v1/ack", MEMBERS, this::acknowledge)
                .add("POST", "/v1/report", MEMBERS, this::report)
                .add("POST", "/v1/leave", MEMBERS, this::leave)
                .add("POST", "/v1/rotate", MEMBERS, this::rotate)
                .add("GET", "/v1/status", ALL, this::status)
                .add("GET", "/v1/openapi.yaml", ALL, call -> OpenApi.reply());
    }

    private ApiReply stream(ApiCall call) throws IOException {
        long node = call.caller().node();
        MapNode known = member(node);
        MeshMap from = null;
        String epoch = call.query().get("epoch");
        long revision = call.queryNumber("revision", 0);
        if (epoch != null && revision > 0) {
            from = registry.mapAt(uuid(epoch), revision).orElse(null);
        }
        MeshMap start = from;
        return ApiReply.stream(
                "application/x-ndjson",
                channel -> {
                    if (hub.open(channel, node, Set.copyOf(known.planes().keySet()), start)) {
                        presence.streamBegan(node);
                        registry.contact(node);
                    }
                });
    }

    private MapNode member(long node) throws ApiException {
        MapNode known = registry.snapshot().map().nodes().get(node);
        if (known == null) {
            throw new ApiException(403, "not_a_member", "this node was removed from the mesh");
        }
        return known;
    }

    private static UUID uuid(String text) throws ApiException {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest("epoch must be a UUID");
        }
    }

    private ApiReply acknowledge(ApiCall call) throws IOException {
        long node = call.caller().node();
        class Draft {
            UUID epoch;
            Long revision;
            String run = "";
        }
        Draft draft = new Draft();
        JsonIn.read(
                call.body(),
                MAX_SMALL_BODY,
                in -> {
                    in.object(
                            name -> {
                                switch (name) {
                                    case "run" -> draft.run = in.text(MAX_RUN);
                                    case "epoch" -> draft.epoch = in.uuid();
                                    case "revision" ->
                                            draft.revision = in.number(1, Long.MAX_VALUE);
                                    default -> {
                                        return false;
                                    }
                                }
                                return true;
                            });
                    in.required(draft.epoch, "epoch");
                    return in.required(draft.revision, "revision");
                });
        presence.answered(node); // also if it has the map of another epoch
        MeshMap map = registry.snapshot().map();
        if (draft.epoch.equals(map.epoch()) && draft.revision <= map.revision()) {
            presence.acknowledged(node, draft.revision);
            registry.contact(node);
        }
        MapNode known = map.nodes().get(node);
        if (known != null && !draft.run.isEmpty()) {
            Set<PublicKey> keys = new HashSet<>();
            known.planes().values().forEach(member -> keys.add(member.key()));
            spoke.accept(keys, draft.run);
        }
        if (presence.of(node).streams() == 0) {
            // The coordinator was restarted, and the node waits for lines that never come.
            return ApiReply.error(409, "no_stream", "this coordinator has no stream of the node");
        }
        return ApiReply.done();
    }

    private ApiReply report(ApiCall call) throws IOException {
        long node = call.caller().node();
        MapNode known = member(node);
        NodeReport report = NodeReport.read(call.body());
        presence.reported(node, report);
        registry.contact(node);
        if (report.relay() != known.relay() && mayChange(node)) { // or with a later report
            registry.setRelay(node, report.relay());
        }
        if (report.directOnly() != known.directOnly() && mayChange(node)) {
            registry.setDirectOnly(node, report.directOnly());
        }
        for (var plane : report.candidates().entrySet()) {
            if (known.planes().containsKey(plane.getKey())) {
                sightings.reported(node, plane.getKey(), plane.getValue());
            }
        }
        return ApiReply.done();
    }

    private boolean mayChange(long node) {
        return changes.take(node, TimeUnit.MILLISECONDS.toNanos(clock.millis()));
    }

    private ApiReply leave(ApiCall call) throws IOException {
        long node = call.caller().node();
        try {
            registry.remove(Long.toString(node), "it left", "node:" + node);
        } catch (RefusedException e) {
            throw Refusals.answer(e);
        }
        return ApiReply.done();
    }

    private ApiReply rotate(ApiCall call) throws IOException {
        long node = call.caller().node();
        class Draft {
            String plane;
            PublicKey key;
        }
        Draft draft = new Draft();
        JsonIn.read(
                call.body(),
                MAX_SMALL_BODY,
                in -> {
                    in.object(
                            name -> {
                                switch (name) {
                                    case "plane" -> draft.plane = in.text(15);
                                    case "key" -> draft.key = in.key();
                                    default -> {
                                        return false;
                                    }
                                }
                                return true;
                            });
                    in.required(draft.plane, "plane");
                    return in.required(draft.key, "key");
                });
        if (!mayChange(node)) {
            return ApiReply.error(429, "too_many_changes", "wait before the next change of a key");
        }
        try {
            registry.beginRotation(node, draft.plane, draft.key, "node:" + node);
        } catch (RefusedException e) {
            throw Refusals.answer(e);
        }
        return ApiReply.done();
    }

    private ApiReply status(ApiCall call) throws IOException {
        Snapshot snapshot = registry.snapshot();
        boolean all = call.caller().kind() != Caller.Kind.MEMBER;
        MeshMap map = all ? snapshot.map() : snapshot.viewOf(member(call.caller().node()).id());
        return ApiReply.json(status(map, all).write());
    }

    /**
     * Returns the state of the nodes and planes of a map, and lets the nodes look closely at their
     * links for a while. Not on an event loop.
     *
     * @param withRelay whether to add the load of the relay, which is that of all planes together
     */
    MeshStatus status(MeshMap map, boolean withRelay) throws IOException {
        hub.watched();
        return unwatchedStatus(map, withRelay);
    }

    /** Returns the same, and lets the nodes look at their links as they do. */
    MeshStatus unwatchedStatus(MeshMap map, boolean withRelay) throws IOException {
        return StatusView.of(
                        map, registry.nodes(false), presence, clock.instant(), System.nanoTime())
                .withRelay(withRelay ? relayLoadOrNull.get() : null);
    }
}
