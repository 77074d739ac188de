// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.wgj.coordinator.admin.AdminCalls;
import org.wgj.coordinator.admin.AdminSocket;
import org.wgj.coordinator.serve.CoordinatorFolder;
import org.wgj.join.MeshView;
import org.wgj.mesh.doctor.LiveDoctor;
import org.wgj.mesh.doctor.LiveView;
import org.wgj.mesh.doctor.Verdict;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapJson;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.process.ProcessInfo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Collects what can be known of the running mesh on this machine, and has it judged. */
final class LiveMesh {
    /**
     * To be asked makes the nodes look closely at their links. In this time they notice that
     * another end is dead, and say so.
     */
    private static final long LOOK_MS = 5_000;

    /** The time that nodes may take to say that they are there, and to apply a change. */
    private static final long ANSWER_MS = 8_000;

    /** The time from the first ping that a link may take to notice that its other end is dead. */
    private static final long NOTICE_MS = 8_000;

    private static final long PAUSE_MS = 1_000;

    private final Path state;
    private final NodeFolder folder;
    private final CoordinatorFolder coordinator;
    private final Set<LiveView.Seat> publicPlaces = new HashSet<>();
    private final Set<Long> stock = new HashSet<>();
    private final Map<String, Integer> ports = new TreeMap<>();
    private LiveView.Administration administration;
    private MeshView view;

    private LiveMesh(Path state) {
        this.state = state;
        folder = new NodeFolder(state);
        coordinator = CoordinatorFolder.in(state);
    }

    /**
     * Examines the mesh. Takes five seconds, and up to eight if something does not answer.
     *
     * @param nameOrNull the node to speak of; null for all
     * @param waiting run once when it is clear that it takes so long
     * @throws IOException if neither a node nor a coordinator runs here, or may be asked
     */
    static List<Verdict> examine(Path state, String nameOrNull, Runnable waiting)
            throws IOException {
        LiveMesh mesh = new LiveMesh(state);
        try {
            return LiveDoctor.judge(mesh.look(nameOrNull, waiting));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /**
     * Judges what is known already: asks for the map and the administrators' part, tries nothing.
     *
     * @param view what was just asked
     */
    static List<Verdict> glance(MeshView view, Path state) throws IOException {
        LiveMesh mesh = new LiveMesh(state);
        mesh.view = view;
        mesh.map();
        if (Admin.answers(mesh.coordinator.socket())) {
            try (AdminCalls calls = new AdminSocket(mesh.coordinator.socket())) {
                mesh.administer(calls);
            }
        }
        return LiveDoctor.judge(mesh.known(0, null, null));
    }

    private LiveView look(String nameOrNull, Runnable waiting)
            throws IOException, InterruptedException {
        checkAccess(state);
        long beginNs = System.nanoTime();
        view = MeshView.ask(folder, state);
        long first = view.meshOrNull() == null ? 0 : view.meshOrNull().revision();
        Long only = nameOrNull == null ? null : node(nameOrNull);
        MeshMap map = map();
        waiting.run();
        LiveView.Machine machine = null;
        Set<LiveView.Seat> silent = Set.of();
        long pingedNs = beginNs;
        if (view.nodeOrNull() != null) {
            NodeTrials trials = new NodeTrials(view.nodeOrNull(), map, state, only);
            pingedNs = System.nanoTime();
            machine = trials.run();
            silent = trials.silent();
        }
        long nowMs = sinceMs(beginNs);
        while (nowMs < LOOK_MS
                || nowMs < ANSWER_MS && (owesAnswer(nowMs) || isBehind(view.meshOrNull(), first))
                || sinceMs(pingedNs) < NOTICE_MS && isAnyUp(silent)) {
            Thread.sleep(PAUSE_MS);
            askAgain();
            nowMs = sinceMs(beginNs);
        }
        if (Admin.answers(coordinator.socket())) {
            try (AdminCalls calls = new AdminSocket(coordinator.socket())) {
                administer(calls);
            }
        }
        return known(first, machine, only);
    }

    private LiveView known(long settledRevision, LiveView.Machine machineOrNull, Long onlyOrNull) {
        return new LiveView(
                view.meshOrNull(),
                view.nodeOrNull(),
                settledRevision,
                publicPlaces,
                stock,
                ports.entrySet().stream()
                        .map(port -> new LiveView.PlanePort(port.getKey(), port.getValue()))
                        .toList(),
                administration,
                machineOrNull,
                ProcessInfo.now().version(),
                Instant.now(),
                onlyOrNull);
    }

    /**
     * Says what to do where the status alone would say that nothing runs here.
     *
     * @throws IOException if this user may not ask, or what was made here does not run
     */
    static void checkAccess(Path state) throws IOException {
        NodeFolder folder = new NodeFolder(state);
        CoordinatorFolder coordinator = CoordinatorFolder.in(state);
        for (Path path : List.of(state, folder.path(), coordinator.path())) {
            if (Files.isDirectory(path) && !Files.isExecutable(path)) {
                throw new IOException(
                        "%s: only its owner %s and root may look into it: try sudo"
                                .formatted(path, Files.getOwner(path)));
            }
        }
        for (Path socket : List.of(folder.socket(), coordinator.socket())) {
            if (Files.exists(socket) && !Files.isWritable(socket)) {
                throw new IOException(
                        "%s: only its owner %s and root may ask: try sudo"
                                .formatted(socket, Files.getOwner(socket)));
            }
        }
        boolean nodeRuns = folder.runner().isPresent();
        if (!nodeRuns && !Admin.answers(coordinator.socket())) {
            if (coordinator.exists()) {
                throw new IOException(
                        coordinator.path()
                                + ": the coordinator does not run: wgj mesh serve --state "
                                + state);
            }
            if (Files.exists(folder.path().resolve("identity.json"))) {
                throw new IOException(
                        folder.path()
                                + ": the node does not run: wgj join, or systemctl status"
                                + " wgj-node");
            }
        }
    }

    private long node(String name) throws IOException {
        Map<String, Long> ids = new TreeMap<>();
        if (view.meshOrNull() != null) {
            for (NodeState node : view.meshOrNull().nodes()) {
                ids.put(node.name(), node.id());
            }
        }
        if (view.nodeOrNull() != null) {
            ids.put(view.nodeOrNull().name(), view.nodeOrNull().id());
            for (NodeStatus.Peer peer : view.nodeOrNull().peers()) {
                ids.put(peer.name(), peer.report().id());
            }
        }
        Long id = ids.get(name);
        if (id == null) {
            throw new IOException(
                    "%s: no node of this mesh has this name, and there is no such folder; the nodes are: %s"
                            .formatted(
                                    name,
                                    ids.keySet().stream()
                                            .limit(20)
                                            .collect(Collectors.joining(", "))));
        }
        return id;
    }

    /** Reads the node's map, which has ports, addresses and places; null without a node. */
    private MeshMap map() throws IOException {
        Optional<byte[]> json =
                view.nodeOrNull() == null ? Optional.empty() : folder.read("map.json");
        if (json.isEmpty()) {
            return null;
        }
        MeshMap map;
        try {
            map = MapJson.readMap(json.get());
        } catch (IllegalArgumentException e) {
            return null; // the node asks the coordinator for another one
        }
        for (Plane plane : map.planes()) {
            ports.put(plane.name(), plane.port());
        }
        publicPlaces.addAll(LiveView.publicPlaces(map));
        for (MapNode node : map.nodes().values()) {
            if (node.stock()) {
                stock.add(node.id());
            }
        }
        return map;
    }

    private void administer(AdminCalls calls) throws IOException {
        for (JsonElement plane :
                calls.call("GET", "/mesh", null).getAsJsonObject().getAsJsonArray("planes")) {
            JsonObject one = plane.getAsJsonObject();
            ports.put(one.get("name").getAsString(), one.get("port").getAsInt());
        }
        List<String> pending = new ArrayList<>();
        List<String> routes = new ArrayList<>();
        for (JsonElement element : calls.call("GET", "/nodes", null).getAsJsonArray()) {
            JsonObject node = element.getAsJsonObject();
            String name = node.get("name").getAsString();
            if (node.get("state").getAsString().equals("pending")) {
                pending.add(name);
            }
            for (JsonElement route : node.getAsJsonArray("routes")) {
                JsonObject one = route.getAsJsonObject();
                if (!one.get("approved").getAsBoolean()) {
                    routes.add(one.get("prefix").getAsString() + " of " + name);
                }
            }
            for (Map.Entry<String, JsonElement> plane : node.getAsJsonObject("planes").entrySet()) {
                if (Candidate.arePublic(candidates(plane.getValue().getAsJsonObject()))) {
                    publicPlaces.add(new LiveView.Seat(node.get("id").getAsLong(), plane.getKey()));
                }
            }
        }
        administration = new LiveView.Administration(tokens(calls), pending, routes);
    }

    private static List<Candidate> candidates(JsonObject plane) {
        List<Candidate> candidates = new ArrayList<>();
        for (JsonElement element : plane.getAsJsonArray("candidates")) {
            JsonObject one = element.getAsJsonObject();
            String endpoint = one.get("endpoint").getAsString();
            int colon = endpoint.lastIndexOf(':');
            String address = endpoint.substring(0, colon).replace("[", "").replace("]", "");
            candidates.add(
                    new Candidate(
                            Candidate.Kind.valueOf(one.get("kind").getAsString()),
                            new InetSocketAddress(
                                    InetAddress.ofLiteral(address),
                                    Integer.parseInt(endpoint.substring(colon + 1)))));
        }
        return candidates;
    }

    private static List<LiveView.Token> tokens(AdminCalls calls) throws IOException {
        List<LiveView.Token> tokens = new ArrayList<>();
        Instant now = Instant.now();
        for (JsonElement element : calls.call("GET", "/tokens", null).getAsJsonArray()) {
            JsonObject token = element.getAsJsonObject();
            Instant expires = Instant.parse(token.get("expires").getAsString());
            int left = token.get("uses_left").getAsInt();
            boolean revoked = !Admin.text(token, "revoked").isEmpty();
            if (!revoked && left > 0 && now.isBefore(expires)) {
                tokens.add(
                        new LiveView.Token(
                                token.get("id").getAsLong(),
                                left,
                                Instant.parse(token.get("created").getAsString()),
                                expires));
            }
        }
        return tokens;
    }

    private static long sinceMs(long ns) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - ns);
    }

    private void askAgain() throws IOException {
        MeshView next = MeshView.ask(folder, state);
        if (view.meshOrNull() == null || next.meshOrNull() != null) {
            view = next;
        } // else the coordinator has just ended: what it said before is better
    }

    /** Returns whether a node was asked whether it is there, and was not heard in this time. */
    private boolean owesAnswer(long ms) {
        return view.meshOrNull() != null
                && view.meshOrNull().nodes().stream()
                        .anyMatch(
                                node ->
                                        node.unansweredS() >= 0
                                                && node.controlAgeS() >= ms / 1_000);
    }

    private boolean isAnyUp(Set<LiveView.Seat> seats) {
        return view.nodeOrNull() != null
                && view.nodeOrNull().peers().stream()
                        .map(NodeStatus.Peer::report)
                        .filter(report -> report.kind().isUp())
                        .anyMatch(
                                report ->
                                        seats.contains(
                                                new LiveView.Seat(report.id(), report.plane())));
    }

    private static boolean isBehind(MeshStatus meshOrNull, long revision) {
        return meshOrNull != null
                && meshOrNull.nodes().stream()
                        .anyMatch(
                                node ->
                                        node.online()
                                                && !node.stock()
                                                && node.revision() < revision);
    }
}
