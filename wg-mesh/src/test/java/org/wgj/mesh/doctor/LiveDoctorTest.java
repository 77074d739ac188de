// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.wgj.mesh.doctor.LiveView.Seat;
import org.wgj.mesh.doctor.Verdict.Level;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.LinkReport;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.status.PeerReport;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Each fault of a running mesh is injected and named, and the mesh without it is clean. */
class LiveDoctorTest {
    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final UUID EPOCH = new UUID(1, 2);
    private static final long A = 2;
    private static final long B = 3;
    private static final long C = 4;
    private static final String VERSION = "0.1.0";

    /** A mesh of three nodes and two planes in which all is well; seen from node a. */
    private static final class Mesh {
        final Map<Long, NodeState> nodes = new LinkedHashMap<>();
        final Map<String, LinkReport> links = new LinkedHashMap<>();
        final Set<Seat> publicPlaces = new HashSet<>();
        final List<LiveView.Token> tokens = new ArrayList<>();
        final List<String> pending = new ArrayList<>();
        final List<String> routes = new ArrayList<>();
        final List<String> collisions = new ArrayList<>();
        final List<String> hidden = new ArrayList<>();
        final List<String> exposed = new ArrayList<>();
        final List<LiveView.Unforwarded> unforwarded = new ArrayList<>();
        final List<LiveView.Unseen> unseen = new ArrayList<>();
        final Map<String, LiveView.PlaneTrial> trials = new LinkedHashMap<>();
        NodeStatus.Control control = new NodeStatus.Control(true, "203.0.113.1:51820", 9, "");
        long revision = 5;
        long settled = 5;
        Set<Long> stock = Set.of();
        boolean coordinator = true;
        boolean administration = true;
        boolean machine = true;
        Long only;

        Mesh() {
            for (long id = A; id <= C; id++) {
                node(id, true, VERSION, 5, 3, false, OptionalLong.of(40));
                for (long to = A; to <= C; to++) {
                    if (to != id) {
                        link("wg0", id, to, LinkKind.DIRECT, "");
                        link("wg1", id, to, LinkKind.DIRECT, "");
                    }
                }
            }
            trial("wg0", LiveView.Firewall.OPEN, 1_420, 1_420, 1_420);
            trial("wg1", LiveView.Firewall.OPEN, 1_420, 1_420, 1_420);
        }

        static String name(long id) {
            return Character.toString('a' + (int) (id - A));
        }

        void node(
                long id,
                boolean online,
                String version,
                long revision,
                long heardS,
                boolean copied,
                OptionalLong ahead) {
            nodes.put(
                    id,
                    new NodeState(
                            id,
                            name(id),
                            List.of(InetAddress.ofLiteral("10.77.0." + id % 256)),
                            online,
                            false,
                            id == C,
                            false,
                            version,
                            revision,
                            heardS,
                            7,
                            copied,
                            ahead,
                            -1,
                            -1));
        }

        /** Makes B a stock peer; times are in seconds, negative for never. */
        void stock(boolean online, long controlAgeS, long dataAgeS) {
            nodes.put(
                    B,
                    new NodeState(
                            B,
                            "b",
                            List.of(InetAddress.ofLiteral("10.77.0.3")),
                            online,
                            true,
                            false,
                            "",
                            0,
                            controlAgeS,
                            dataAgeS));
            links.values().removeIf(link -> link.from() == B || link.peer().id() == B);
        }

        /** What a node says of B, with which it had its last handshake so long ago. */
        void toStock(long from, LinkKind kind, String reason, long handshakeAgeS) {
            links.put(
                    "wg0" + from + "-" + B,
                    new LinkReport(
                            from, new PeerReport(B, "wg0", kind, reason, -1, handshakeAgeS, null)));
        }

        /** A node owes an answer for so many seconds. */
        void unanswered(long id, long seconds) {
            nodes.put(
                    id,
                    new NodeState(
                            id,
                            name(id),
                            List.of(),
                            true,
                            false,
                            false,
                            false,
                            VERSION,
                            5,
                            20,
                            7,
                            false,
                            OptionalLong.of(40),
                            -1,
                            seconds));
        }

        void clock(long id, long aheadMs) {
            node(id, true, VERSION, 5, 3, false, OptionalLong.of(aheadMs));
        }

        void link(String plane, long from, long to, LinkKind kind, String reason) {
            links.put(
                    plane + from + "-" + to,
                    new LinkReport(from, new PeerReport(to, plane, kind, reason, 1, 10, null)));
        }

        void both(String plane, long a, long b, LinkKind kind, String reason) {
            link(plane, a, b, kind, reason);
            link(plane, b, a, kind, reason);
        }

        void trial(String plane, LiveView.Firewall firewall, int mtu, int planeMtu, int answered) {
            trials.put(
                    plane,
                    new LiveView.PlaneTrial(
                            plane,
                            plane.equals("wg0") ? 51_820 : 51_821,
                            firewall,
                            "inet filter input (policy drop)",
                            mtu,
                            planeMtu,
                            List.of(
                                    new LiveView.Echo(B, "b", answered),
                                    new LiveView.Echo(C, "c", mtu))));
        }

        LiveView view() {
            MeshStatus mesh =
                    new MeshStatus(
                            "prod",
                            EPOCH,
                            revision,
                            List.of("wg0", "wg1"),
                            List.copyOf(nodes.values()),
                            List.copyOf(links.values()));
            List<NodeStatus.Peer> peers =
                    links.values().stream()
                            .filter(link -> link.from() == A)
                            .map(l -> new NodeStatus.Peer(name(l.peer().id()), l.peer()))
                            .toList();
            NodeStatus own =
                    new NodeStatus(
                            "prod", A, "a", EPOCH, revision, List.of(), control, peers, null, null);
            return new LiveView(
                    coordinator ? mesh : null,
                    own,
                    settled,
                    publicPlaces,
                    stock,
                    List.of(
                            new LiveView.PlanePort("wg0", 51_820),
                            new LiveView.PlanePort("wg1", 51_821)),
                    administration ? new LiveView.Administration(tokens, pending, routes) : null,
                    machine
                            ? new LiveView.Machine(
                                    List.copyOf(trials.values()),
                                    collisions,
                                    hidden,
                                    exposed,
                                    unforwarded,
                                    unseen)
                            : null,
                    VERSION,
                    NOW,
                    only);
        }
    }

    private record Injected(
            Fault fault, Level level, String subject, String seen, Consumer<Mesh> change) {
        @Override
        public String toString() {
            return fault.id() + " " + seen;
        }
    }

    private static Arguments fault(
            Fault fault, Level level, String subject, String seen, Consumer<Mesh> change) {
        return Arguments.of(new Injected(fault, level, subject, seen, change));
    }

    static Stream<Arguments> faults() {
        String whole = "mesh prod";
        return Stream.of(
                fault(
                        Fault.ONE_SIDED,
                        Level.FAIL,
                        "a",
                        "wg0: it does not reach b (broken, timeout), which reaches it (direct)",
                        m -> m.link("wg0", A, B, LinkKind.BROKEN, "timeout")),
                fault(
                        Fault.CLONE,
                        Level.FAIL,
                        "b",
                        "two machines use its key",
                        m -> m.node(B, true, VERSION, 5, 3, true, OptionalLong.of(0))),
                fault(
                        Fault.TUNNEL_IN_TUNNEL,
                        Level.FAIL,
                        "a",
                        "wg0: b is not reached (none, endpoint_in_own_routes)",
                        m -> m.both("wg0", A, B, LinkKind.NONE, "endpoint_in_own_routes")),
                fault(
                        Fault.TUNNEL_IN_TUNNEL,
                        Level.WARN,
                        "a",
                        "its places lie in networks of the mesh",
                        m -> m.both("wg0", A, B, LinkKind.RELAY, "endpoint_in_own_routes")),
                fault(
                        Fault.RANGE,
                        Level.FAIL,
                        "a",
                        "the route 10.77.5.0/24",
                        m ->
                                m.collisions.add(
                                        "plane wg0 …, but this machine has the route"
                                                + " 10.77.5.0/24")),
                fault(
                        Fault.RANGE,
                        Level.WARN,
                        "a",
                        "the route 10.0.0.0/8",
                        m ->
                                m.hidden.add(
                                        "plane wg0 …, but this machine has the route 10.0.0.0/8")),
                fault(
                        Fault.MTU,
                        Level.WARN,
                        "a",
                        "b is reached over a relay only (mtu",
                        m -> m.both("wg0", A, B, LinkKind.RELAY, "mtu")),
                fault(
                        Fault.MTU,
                        Level.FAIL,
                        "a",
                        "wg0: packets to b longer than 1320 bytes are lost, and the MTU is 1420",
                        m -> m.trial("wg0", LiveView.Firewall.OPEN, 1_420, 1_420, 1_320)),
                fault(
                        Fault.MTU,
                        Level.WARN,
                        "a",
                        "wg0 has an MTU of 9000 here, and of 1420 in the mesh",
                        m -> m.trial("wg0", LiveView.Firewall.OPEN, 9_000, 1_420, 9_000)),
                fault(
                        Fault.MTU,
                        Level.SKIP,
                        "a",
                        "b answers no ping, though its tunnel answers",
                        m -> m.trial("wg0", LiveView.Firewall.OPEN, 1_420, 1_420, 0)),
                fault(
                        Fault.MTU,
                        Level.SKIP,
                        whole,
                        "only a node itself can try this",
                        m -> m.machine = false),
                fault(
                        Fault.FILE,
                        Level.FAIL,
                        "a",
                        "identity.json holds keys, and other users can read it",
                        m -> m.exposed.add("/var/lib/wgj/node/identity.json")),
                fault(
                        Fault.ALLOWED_IPS,
                        Level.FAIL,
                        "a",
                        "192.168.2.0/24 cannot be reached",
                        m ->
                                m.unforwarded.add(
                                        new LiveView.Unforwarded(
                                                "192.168.2.0/24 cannot be reached", "sysctl"))),
                fault(
                        Fault.CLOCK,
                        Level.WARN,
                        "b",
                        "its clock is 24h behind the coordinator's",
                        m -> m.clock(B, -86_400_000)),
                fault(
                        Fault.CLOCK,
                        Level.WARN,
                        "b",
                        "its clock is 60s ahead of the coordinator's",
                        m -> m.clock(B, 60_000)),
                fault(
                        Fault.CLOCK,
                        Level.WARN,
                        whole,
                        "the coordinator's clock is behind that of most nodes",
                        m -> {
                            m.clock(A, 3_600_000);
                            m.clock(B, 3_600_100);
                        }),
                fault(
                        Fault.CLOCK,
                        Level.SKIP,
                        whole,
                        "no node has told its time yet",
                        m -> {
                            for (long id = A; id <= C; id++) {
                                m.node(id, true, VERSION, 5, 3, false, OptionalLong.empty());
                            }
                        }),
                fault(
                        Fault.OFFLINE,
                        Level.FAIL,
                        "b",
                        "it is offline, last heard 15m ago",
                        m -> m.node(B, false, VERSION, 5, 900, false, OptionalLong.empty())),
                fault(
                        Fault.OFFLINE,
                        Level.FAIL,
                        "c",
                        "and it relays: links of others may need it",
                        m -> m.node(C, false, VERSION, 5, 900, false, OptionalLong.empty())),
                fault(
                        Fault.OFFLINE,
                        Level.FAIL,
                        "b",
                        "it has never been online",
                        m -> m.node(B, false, "", 0, -1, false, OptionalLong.empty())),
                fault(
                        Fault.OFFLINE,
                        Level.FAIL,
                        "b",
                        "no other node reaches it; the coordinator heard it 3s ago",
                        m -> {
                            // its own report is older and still says that all is well
                            for (String plane : List.of("wg0", "wg1")) {
                                m.link(plane, A, B, LinkKind.BROKEN, "timeout");
                                m.link(plane, C, B, LinkKind.BROKEN, "timeout");
                            }
                        }),
                fault(
                        Fault.OFFLINE,
                        Level.WARN,
                        "b",
                        "has reported nothing for 2m",
                        m -> m.node(B, true, VERSION, 5, 120, false, OptionalLong.empty())),
                fault(
                        Fault.LINK,
                        Level.FAIL,
                        "a",
                        "wg0: b is no longer reached (broken, timeout)",
                        m -> m.both("wg0", A, B, LinkKind.BROKEN, "timeout")),
                fault(
                        Fault.LINK,
                        Level.FAIL,
                        "a",
                        "wg0: b is no longer reached (broken, timeout)",
                        m -> {
                            // b may have lost it too, and has not reported since
                            m.link("wg0", A, B, LinkKind.BROKEN, "timeout");
                            m.node(B, true, VERSION, 5, 20, false, OptionalLong.of(0));
                        }),
                fault(
                        Fault.LINK,
                        Level.FAIL,
                        "a",
                        "wg0: b is not reached (none, no_candidate)",
                        m -> m.both("wg0", A, B, LinkKind.NONE, "no_candidate")),
                fault(
                        Fault.LINK,
                        Level.FAIL,
                        "a",
                        "wg0: b is not reached (none, direct_only)",
                        m -> m.both("wg0", A, B, LinkKind.NONE, "direct_only")),
                fault(
                        Fault.RELAYED,
                        Level.WARN,
                        "a",
                        "b is reached over a relay only (timeout: its places were tried and did not"
                                + " answer), though both have public addresses",
                        m -> {
                            m.both("wg0", A, B, LinkKind.RELAY, "timeout");
                            m.publicPlaces.add(new Seat(A, "wg0"));
                            m.publicPlaces.add(new Seat(B, "wg0"));
                        }),
                fault(
                        Fault.FIREWALL,
                        Level.FAIL,
                        "b",
                        "nothing comes in on wg1, UDP port 51821, while other planes work",
                        m -> {
                            m.link("wg1", B, A, LinkKind.BROKEN, "udp_blocked");
                            m.link("wg1", B, C, LinkKind.BROKEN, "udp_blocked");
                            m.link("wg1", A, B, LinkKind.BROKEN, "timeout");
                            m.link("wg1", C, B, LinkKind.BROKEN, "timeout");
                        }),
                fault(
                        Fault.FIREWALL,
                        Level.FAIL,
                        "b",
                        "nothing comes in on wg1, UDP port 51821, while other planes work",
                        m -> {
                            // before it says so itself: the others reach each other there
                            m.both("wg1", A, B, LinkKind.BROKEN, "timeout");
                            m.both("wg1", B, C, LinkKind.BROKEN, "timeout");
                        }),
                fault(
                        Fault.FIREWALL,
                        Level.WARN,
                        "a",
                        "drops what comes to UDP port 51821 of wg1, in inet filter input",
                        m -> m.trial("wg1", LiveView.Firewall.CLOSED, 1_420, 1_420, 1_420)),
                fault(
                        Fault.FIREWALL,
                        Level.FAIL,
                        "a",
                        "and links are down",
                        m -> {
                            m.trial("wg1", LiveView.Firewall.CLOSED, 1_420, 1_420, 1_420);
                            m.both("wg1", A, B, LinkKind.BROKEN, "timeout");
                        }),
                fault(
                        Fault.FIREWALL,
                        Level.WARN,
                        "a",
                        "unless conditions are met",
                        m -> m.trial("wg1", LiveView.Firewall.SOMETIMES, 1_420, 1_420, 1_420)),
                fault(
                        Fault.FIREWALL,
                        Level.SKIP,
                        "a",
                        "there is no nft",
                        m -> m.unseen.add(new LiveView.Unseen(Fault.FIREWALL, "there is no nft"))),
                fault(
                        Fault.MAP,
                        Level.FAIL,
                        "b",
                        "it has map 3, and the mesh is at 5",
                        m -> m.node(B, true, VERSION, 3, 3, false, OptionalLong.of(0))),
                fault(
                        Fault.MAP,
                        Level.WARN,
                        "b",
                        "it has not yet said which map it has",
                        m -> m.node(B, true, VERSION, 0, 3, false, OptionalLong.of(0))),
                fault(
                        Fault.MAP,
                        Level.WARN,
                        "b",
                        "it has version 0.0.9 of wgj, and this machine has 0.1.0",
                        m -> m.node(B, true, "0.0.9", 5, 3, false, OptionalLong.of(0))),
                fault(
                        Fault.MAP,
                        Level.FAIL,
                        "a",
                        "no coordinator answers (no handshake)",
                        m -> {
                            m.coordinator = false;
                            m.control =
                                    new NodeStatus.Control(
                                            false, "203.0.113.1:51820", 9, "no handshake");
                        }),
                fault(
                        Fault.OPEN,
                        Level.WARN,
                        whole,
                        "token 7 lets 50 more machines join during the next 6d",
                        m ->
                                m.tokens.add(
                                        new LiveView.Token(
                                                7, 50, NOW, NOW.plus(Duration.ofDays(6))))),
                fault(
                        Fault.OPEN,
                        Level.WARN,
                        whole,
                        "token 8 ends in 5m and still has 2 uses",
                        m ->
                                m.tokens.add(
                                        new LiveView.Token(
                                                8,
                                                2,
                                                NOW.minus(Duration.ofDays(6)),
                                                NOW.plus(Duration.ofMinutes(5))))),
                fault(
                        Fault.OPEN,
                        Level.WARN,
                        "newcomer",
                        "it waits for approval",
                        m -> m.pending.add("newcomer")),
                fault(
                        Fault.OPEN,
                        Level.WARN,
                        whole,
                        "the network 192.168.2.0/24 of b waits for approval",
                        m -> m.routes.add("192.168.2.0/24 of b")),
                fault(
                        Fault.OPEN,
                        Level.SKIP,
                        whole,
                        "only the coordinator's machine knows tokens",
                        m -> m.administration = false));
    }

    private static List<Verdict> judge(Mesh mesh) {
        return LiveDoctor.judge(mesh.view());
    }

    private static List<Verdict> bad(Mesh mesh) {
        return judge(mesh).stream().filter(verdict -> verdict.level() != Level.PASS).toList();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void isNamed(Injected injected) {
        Mesh mesh = new Mesh();
        injected.change().accept(mesh);
        List<Verdict> verdicts = judge(mesh);
        assertTrue(
                verdicts.stream()
                        .anyMatch(
                                verdict ->
                                        verdict.fault() == injected.fault()
                                                && verdict.level() == injected.level()
                                                && verdict.subject().equals(injected.subject())
                                                && verdict.seen().contains(injected.seen())),
                () -> String.join("\n", verdicts.stream().map(Object::toString).toList()));
        assertTrue(
                verdicts.stream()
                        .noneMatch(
                                verdict ->
                                        verdict.fault() == injected.fault()
                                                && verdict.level() == Level.PASS),
                verdicts::toString);
        for (Verdict verdict : verdicts) {
            if (verdict.level() == Level.WARN || verdict.level() == Level.FAIL) {
                assertNotNull(verdict.fixOrNull(), verdict::toString);
            }
        }
    }

    @Test
    void aHealthyMeshPasses() {
        assertEquals(List.of(), bad(new Mesh()));
        Set<Fault> passed = new HashSet<>();
        judge(new Mesh()).forEach(verdict -> passed.add(verdict.fault()));
        assertEquals(
                Set.of(
                        Fault.ONE_SIDED,
                        Fault.CLONE,
                        Fault.TUNNEL_IN_TUNNEL,
                        Fault.RANGE,
                        Fault.MTU,
                        Fault.FILE,
                        Fault.CLOCK,
                        Fault.OFFLINE,
                        Fault.LINK,
                        Fault.RELAYED,
                        Fault.FIREWALL,
                        Fault.MAP,
                        Fault.OPEN),
                passed);
    }

    @Test
    void whatIsAsItShouldBePasses() {
        Mesh mesh = new Mesh();
        // two home routers; a link that is made when it is needed; one that has just begun
        mesh.both("wg0", A, B, LinkKind.RELAY, "sym_sym");
        mesh.publicPlaces.add(new Seat(B, "wg0"));
        mesh.both("wg1", A, B, LinkKind.NONE, "idle");
        mesh.both("wg1", A, C, LinkKind.RELAY, "probing");
        mesh.clock(B, 1_500);
        mesh.revision = 6; // a moment ago
        mesh.tokens.add(new LiveView.Token(1, 50, NOW, NOW.plus(Duration.ofHours(1))));
        mesh.tokens.add(new LiveView.Token(2, 1, NOW, NOW.plus(Duration.ofDays(30))));
        assertEquals(List.of(), bad(mesh));
    }

    @Test
    void aClosedPortIsToldOnceAndNotForEachOfItsLinks() {
        Mesh mesh = new Mesh();
        mesh.both("wg1", A, B, LinkKind.BROKEN, "timeout");
        mesh.both("wg1", B, C, LinkKind.BROKEN, "timeout");
        List<Verdict> bad = bad(mesh);
        assertEquals(1, bad.size(), bad::toString);
        assertEquals(Fault.FIREWALL, bad.getFirst().fault());
    }

    @Test
    void aStockPeerThatMayBeSwitchedOffIsAWarning() {
        Mesh mesh = new Mesh();
        mesh.stock(false, 7_300, 7_350);
        mesh.toStock(A, LinkKind.BROKEN, "timeout", 7_400);
        mesh.toStock(C, LinkKind.BROKEN, "timeout", 7_350);
        assertEquals(
                List.of("WARN b no node reaches it, last heard 2h ago: it may be switched off"),
                told(mesh));

        mesh.stock(true, 10, 100); // since a moment ago
        mesh.toStock(A, LinkKind.BROKEN, "timeout", 130);
        mesh.toStock(C, LinkKind.BROKEN, "timeout", 100);
        assertEquals(
                List.of("WARN b no node reaches it, last heard 10s ago: it may be switched off"),
                told(mesh));

        mesh.stock(false, -1, -1);
        mesh.toStock(A, LinkKind.NONE, "timeout", -1);
        assertEquals(List.of("WARN b no node reaches it, and it has never been heard"), told(mesh));
    }

    /** The nodes still try to reach it; what is known need not wait for them. */
    @Test
    void aStockPeerThatWasNeverHeardIsAWarningAtOnce() {
        Mesh mesh = new Mesh();
        mesh.stock(false, -1, -1);
        String never = "WARN b no node reaches it, and it has never been heard";
        assertEquals(List.of(never), told(mesh));

        mesh.toStock(A, LinkKind.NONE, "probing", -1);
        assertEquals(List.of(never), told(mesh));

        mesh.toStock(A, LinkKind.RELAY, "stock_peer", 0); // the session is a moment old
        assertEquals(List.of(), told(mesh));
    }

    @Test
    void withoutACoordinatorAStockPeerIsAWarningToo() {
        Mesh mesh = new Mesh();
        mesh.stock(false, -1, -1);
        mesh.toStock(A, LinkKind.NONE, "timeout", -1);
        mesh.coordinator = false;
        mesh.stock = Set.of(B);
        assertEquals(
                List.of("WARN a wg0: b is not reached (none, timeout)"),
                told(mesh).stream().filter(told -> told.contains("b is")).toList());

        mesh.stock = Set.of();
        assertEquals(
                List.of("FAIL a wg0: b is not reached (none, timeout)"),
                told(mesh).stream().filter(told -> told.contains("b is")).toList());
    }

    /** Its coordinator may be the only one that can notice that it is dead. */
    @Test
    void aNodeThatDoesNotAnswerIsAWarning() {
        Mesh mesh = new Mesh();
        mesh.unanswered(B, 4);
        assertEquals(List.of(), told(mesh), "it may still answer");

        mesh.unanswered(B, 5);
        assertEquals(
                List.of("WARN b it has a connection, but does not answer, last heard 20s ago"),
                told(mesh));
    }

    @Test
    void aStockPeerThatIsOnButNotReachedFails() {
        Mesh mesh = new Mesh();
        mesh.stock(true, 10, 300);
        mesh.toStock(A, LinkKind.BROKEN, "timeout", 300);
        mesh.toStock(C, LinkKind.NONE, "timeout", -1);
        assertEquals(
                List.of("FAIL b it is on, as it was heard 10s ago, but no node reaches it"),
                told(mesh));
    }

    @Test
    void aStockPeerThatSomeNodesReachFailsUnlessTheyMayNoticeLater() {
        Mesh mesh = new Mesh();
        mesh.stock(true, 20, 15);
        mesh.toStock(A, LinkKind.BROKEN, "timeout", 250);
        mesh.toStock(C, LinkKind.RELAY, "stock_peer", 15);
        assertEquals(List.of("FAIL a wg0: b is no longer reached (broken, timeout)"), told(mesh));

        mesh.toStock(A, LinkKind.BROKEN, "timeout", 130);
        assertEquals(List.of("WARN a wg0: b is no longer reached (broken, timeout)"), told(mesh));
    }

    private static List<String> told(Mesh mesh) {
        return bad(mesh).stream().map(v -> v.level() + " " + v.subject() + " " + v.seen()).toList();
    }

    @Test
    void anOfflineNodeIsToldOnceAndNotForEachOfItsLinks() {
        Mesh mesh = new Mesh();
        mesh.node(B, false, VERSION, 4, 900, false, OptionalLong.empty());
        mesh.link("wg0", A, B, LinkKind.BROKEN, "timeout");
        mesh.link("wg1", C, B, LinkKind.BROKEN, "timeout");
        List<Verdict> bad = bad(mesh);
        assertEquals(1, bad.size(), bad::toString);
        assertEquals("b", bad.getFirst().subject());
    }

    /** There is no wgj to run there. */
    @Test
    void theLinkToAnotherImplementationIsExaminedThere() {
        Mesh mesh = new Mesh();
        mesh.stock(true, 3, 7);
        mesh.toStock(A, LinkKind.NONE, "timeout", -1);
        mesh.toStock(C, LinkKind.RELAY, "stock_peer", 7);
        List<Verdict> bad = bad(mesh);
        assertEquals(1, bad.size(), bad::toString);
        assertEquals(
                "examine the other implementation on b: whether it is on, its peers, keys and"
                        + " endpoint",
                bad.getFirst().fixOrNull());
    }

    @Test
    void aNameLimitsWhatIsSaidToItsLinks() {
        Mesh mesh = new Mesh();
        mesh.both("wg0", A, B, LinkKind.BROKEN, "timeout");
        mesh.both("wg1", B, C, LinkKind.BROKEN, "no_candidate");
        mesh.clock(A, -86_400_000);
        mesh.only = C;
        List<Verdict> bad = bad(mesh);
        assertEquals(1, bad.size(), bad::toString);
        assertTrue(bad.getFirst().seen().contains("no_candidate"), bad::toString);
    }

    @Test
    void namesOfOthersCannotCommandATerminal() {
        Mesh mesh = new Mesh();
        mesh.node(B, true, "\u001b[2J", 5, 3, false, OptionalLong.of(0));
        mesh.pending.add("\u001b]0;x");
        for (Verdict verdict : judge(mesh)) {
            assertTrue(verdict.toString().indexOf('\u001b') < 0, verdict.toString());
        }
    }

    @Test
    void aThousandFaultsMakeAShortReport() {
        Mesh mesh = new Mesh();
        for (long id = 10; id < 1_010; id++) {
            mesh.node(id, false, VERSION, 5, 900, false, OptionalLong.empty());
        }
        List<Verdict> verdicts = judge(mesh);
        assertTrue(verdicts.size() < 100, () -> "too many: " + verdicts.size());
        assertTrue(
                verdicts.stream().anyMatch(v -> v.seen().contains("940 more of this kind")),
                verdicts::toString);
    }
}
