// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PublicKey;
import org.wgj.doctor.nft.Ruleset;
import org.wgj.doctor.observation.Observation.Clock;
import org.wgj.doctor.observation.Observation.ConfigView;
import org.wgj.doctor.observation.Observation.DeviceState;
import org.wgj.doctor.observation.Observation.EndpointRoute;
import org.wgj.doctor.observation.Observation.FirewallState;
import org.wgj.doctor.observation.Observation.Probe;
import org.wgj.doctor.observation.Observation.Reach;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Observation.TriggerResult;
import org.wgj.doctor.observation.Observation.TunnelMtu;
import org.wgj.doctor.observation.Observation.UdpPort;
import org.wgj.doctor.report.Finding;
import org.wgj.doctor.report.Level;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.PeerStatus;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Checks that need a running interface, the host or the results of probes. */
class RunningChecksTest {
    private static final String FILE =
            """
            [Interface]
            Address = 10.99.0.1/24
            ListenPort = 51820
            PrivateKey = K1
            [Peer]
            PublicKey = P2
            AllowedIPs = 10.99.0.2/32
            Endpoint = 203.0.113.20:51820
            """;
    private static final PublicKey PEER = ObservationBuilder.OTHER.publicKey();

    @TempDir Path folder;

    private ConfigView file(String text) {
        return ObservationBuilder.read(folder, "wg0.conf", text);
    }

    private static PeerStatus peer(Long age) {
        return ObservationBuilder.peer(
                ObservationBuilder.OTHER, "203.0.113.20", age, "10.99.0.2/32");
    }

    private ObservationBuilder running(ConfigView file, DeviceState device, Probe probe) {
        return new ObservationBuilder()
                .link("wg0", 1420, true, "10.99.0.1/24")
                .route("wg0", "10.99.0.0/24")
                .running(file, device, Map.of(PEER, probe));
    }

    private static void assertOne(Level level, String part, List<Finding> findings) {
        assertEquals(1, findings.size(), findings::toString);
        Finding finding = findings.getFirst();
        assertEquals(level, finding.level(), finding::toString);
        assertTrue(finding.seen().contains(part), finding::toString);
        assertEquals(level == Level.WARN || level == Level.FAIL, finding.fix() != null);
    }

    // --- interface

    @Test
    void anInterfaceThatIsUpPasses() {
        assertOne(
                Level.PASS,
                "MTU 1420, listening on UDP port 51820",
                running(file(FILE), ObservationBuilder.device(), Probe.NONE)
                        .judge(new InterfaceCheck()));
    }

    @Test
    void aMissingInterfaceFails() {
        List<Finding> findings =
                new ObservationBuilder().down(file(FILE), Map.of()).judge(new InterfaceCheck());
        assertOne(Level.FAIL, "there is no interface wg0", findings);
        assertTrue(findings.getFirst().fix().startsWith("wgj up "), findings::toString);
    }

    @Test
    void whereNoInterfaceCanBeMadeTheWayWithoutOneIsNamed() {
        ObservationBuilder observed = new ObservationBuilder().down(file(FILE), Map.of());
        observed.noInterfaces = "there is no /dev/net/tun";
        List<Finding> findings = observed.judge(new InterfaceCheck());
        assertOne(Level.FAIL, "none can be made: there is no /dev/net/tun", findings);
        String fix = findings.getFirst().fix();
        assertTrue(fix.startsWith("wgj run --userspace ") && fix.contains("wgj proxy "), fix);
    }

    @Test
    void aTunnelWithoutAnInterfaceIsInItsProcess() {
        ObservationBuilder inProcess =
                new ObservationBuilder().running(file(FILE), ObservationBuilder.device(), Map.of());
        assertOne(Level.PASS, "userspace mode", inProcess.judge(new InterfaceCheck()));
        assertTrue(
                inProcess.judge(new RouteCheck()).stream()
                        .noneMatch(finding -> finding.level() == Level.FAIL),
                "no route can lead into it");
    }

    @Test
    void anInterfaceThatIsDownOrHasNoDaemonFails() {
        ObservationBuilder down = new ObservationBuilder().link("wg0", 1420, false);
        down.running(null, ObservationBuilder.device(), Map.of());
        assertOne(Level.FAIL, "exists but is down", down.judge(new InterfaceCheck()));
        ObservationBuilder unserved =
                new ObservationBuilder().link("wg0", 1420, true).down(file(FILE), Map.of());
        assertOne(Level.FAIL, "no WireGuard daemon", unserved.judge(new InterfaceCheck()));
    }

    @Test
    void aDaemonThatRefusesToAnswerIsNotJudged() {
        ObservationBuilder seen = new ObservationBuilder().link("wg0", 1420, true);
        seen.subjects.add(new Subject("wg0", null, true, null, "try sudo", Map.of()));
        assertOne(Level.SKIP, "try sudo", seen.judge(new InterfaceCheck()));
    }

    // --- as configured

    private List<Finding> configured(String text, DeviceState device) {
        return running(file(text), device, Probe.NONE).judge(new ConfiguredCheck());
    }

    @Test
    void anInterfaceThatMatchesItsFilePasses() {
        assertOne(
                Level.PASS,
                "those of the file",
                configured(FILE, ObservationBuilder.device(peer(1L))));
    }

    @Test
    void everyDifferenceFromTheFileFails() {
        DeviceState device = ObservationBuilder.device(peer(1L));
        assertOne(
                Level.FAIL, "different private key", configured(FILE.replace("K1", "K3"), device));
        assertOne(
                Level.FAIL,
                "listens on 51820",
                configured(FILE.replace("51820\nPriv", "51821\nPriv"), device));
        assertOne(
                Level.FAIL,
                "lacks Address 10.98.0.1/24",
                configured(FILE.replace("10.99.0.1", "10.98.0.1"), device));
        assertOne(
                Level.FAIL,
                "is not on the interface",
                configured(FILE, ObservationBuilder.device()));
        assertOne(
                Level.FAIL,
                "lacks AllowedIPs 10.0.0.0/8",
                configured(FILE.replace("10.99.0.2/32", "10.99.0.2/32, 10.0.0.0/8"), device));
        String key = "PresharedKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
        assertOne(Level.FAIL, "different preshared key", configured(FILE + key, device));
        assertOne(
                Level.WARN,
                "MTU is 1420, the file says 1380",
                configured(FILE.replace("[Peer]", "MTU = 1380\n[Peer]"), device));
        PeerStatus third = ObservationBuilder.peer(ObservationBuilder.THIRD, null, null);
        assertOne(
                Level.WARN,
                "peers that are not in the file",
                configured(FILE, ObservationBuilder.device(peer(1L), third)));
    }

    // --- port

    @Test
    void aPortThatIsTakenFails() {
        ObservationBuilder seen = new ObservationBuilder().down(file(FILE), Map.of());
        assertOne(Level.PASS, "is free", seen.judge(new PortCheck()));
        seen.udpPorts.add(new UdpPort(51820, false, "nc (4711)"));
        assertOne(Level.FAIL, "taken by nc (4711)", seen.judge(new PortCheck()));
    }

    @Test
    void twoInterfacesWithOnePortFail() {
        ObservationBuilder seen =
                running(file(FILE), ObservationBuilder.device(peer(1L)), Probe.NONE)
                        .down(ObservationBuilder.read(folder, "wg1.conf", FILE), Map.of());
        List<Finding> findings = seen.judge(new PortCheck());
        assertOne(Level.FAIL, "also that of wg0", findings);
    }

    @Test
    void portsThatTheSystemChoosesAreNotCompared() {
        String any = FILE.replace("ListenPort = 51820\n", "");
        ObservationBuilder seen =
                new ObservationBuilder()
                        .down(file(any), Map.of())
                        .down(ObservationBuilder.read(folder, "wg1.conf", any), Map.of());
        assertTrue(seen.judge(new PortCheck()).isEmpty());
    }

    // --- routes

    private List<Finding> routes(ObservationBuilder seen) {
        return seen.judge(new RouteCheck());
    }

    @Test
    void rangesWithoutARouteFail() {
        ObservationBuilder seen =
                running(file(FILE), ObservationBuilder.device(peer(1L)), Probe.NONE);
        assertOne(Level.PASS, "every AllowedIPs leads", routes(seen));
        seen.routes.clear();
        List<Finding> findings = routes(seen);
        assertOne(Level.FAIL, "no route leads 10.99.0.2/32", findings);
        assertEquals("ip route add 10.99.0.2/32 dev wg0", findings.getFirst().fix());
        ObservationBuilder off =
                running(
                        file(FILE.replace("[Peer]", "Table = off\n[Peer]")),
                        ObservationBuilder.device(peer(1L)),
                        Probe.NONE);
        off.routes.clear();
        assertOne(Level.PASS, "every AllowedIPs leads", routes(off));
    }

    private static Probe route(String source, OptionalInt pathMtu) {
        InetAddress address = source == null ? null : InetAddress.ofLiteral(source);
        EndpointRoute route =
                new EndpointRoute(ObservationBuilder.socket("203.0.113.20"), address, pathMtu);
        return new Probe(route, null, null, null);
    }

    @Test
    void anEndpointRoutedIntoTheTunnelFails() {
        Probe loop = route("10.99.0.1", OptionalInt.empty());
        assertOne(
                Level.FAIL,
                "go into the tunnel itself",
                routes(running(file(FILE), ObservationBuilder.device(peer(1L)), loop)));
        Probe none = route(null, OptionalInt.empty());
        assertOne(
                Level.FAIL,
                "no route to 203.0.113.20",
                routes(running(file(FILE), ObservationBuilder.device(peer(1L)), none)));
    }

    @Test
    void aDefaultRouteInTheMainTableWithoutAMarkIsWarnedOf() {
        String all = FILE.replace("10.99.0.2/32", "0.0.0.0/0");
        String main = all.replace("[Peer]", "Table = main\n[Peer]");
        assertTrue(routes(new ObservationBuilder().down(file(all), Map.of())).isEmpty());
        assertOne(
                Level.WARN,
                "no FwMark",
                routes(new ObservationBuilder().down(file(main), Map.of())));
        String marked = main.replace("[Peer]", "FwMark = 51820\n[Peer]");
        assertTrue(routes(new ObservationBuilder().down(file(marked), Map.of())).isEmpty());
    }

    @Test
    void answersDroppedByAStrictSourceCheckFail() {
        DeviceState marked =
                new DeviceState(
                        ObservationBuilder.OWN.publicKey(),
                        51820,
                        51820,
                        List.of(
                                ObservationBuilder.peer(
                                        ObservationBuilder.OTHER, null, 1L, "0.0.0.0/0")),
                        Map.of());
        ObservationBuilder seen =
                new ObservationBuilder()
                        .link("wg0", 1420, true)
                        .link("eth0", 1500, true)
                        .route("wg0", "0.0.0.0/0")
                        .running(null, marked, Map.of());
        seen.sysctls.put("net.ipv4.conf.all.src_valid_mark", "0");
        assertOne(Level.PASS, "every AllowedIPs leads", routes(seen));
        seen.sysctls.put("net.ipv4.conf.eth0.rp_filter", "1");
        assertOne(Level.FAIL, "answers to the tunnel's own datagrams are dropped", routes(seen));
        seen.sysctls.put("net.ipv4.conf.all.src_valid_mark", "1");
        assertOne(Level.PASS, "every AllowedIPs leads", routes(seen));
    }

    // --- handshake

    private List<Finding> handshake(PeerStatus peer, Probe probe) {
        return running(null, ObservationBuilder.device(peer), probe).judge(new HandshakeCheck());
    }

    private static Probe provoked(PeerStatus after, Map<DropReason, Long> drops, Reach reach) {
        return new Probe(null, new TriggerResult(after, drops), reach, null);
    }

    @Test
    void aFreshHandshakePasses() {
        assertOne(Level.PASS, "12 seconds ago", handshake(peer(12L), Probe.NONE));
        List<Finding> last = handshake(peer(180L), Probe.NONE);
        assertOne(Level.PASS, "3 minutes, 0 seconds ago", last);
        assertFalse(last.getFirst().seen().contains("idle"), last::toString);
    }

    @Test
    void anOldHandshakeOfAnIdleTunnelPasses() {
        assertOne(Level.PASS, "idle", handshake(peer(181L), Probe.NONE));
    }

    @Test
    void anOldHandshakeThatATestPacketRenewsPasses() {
        assertOne(
                Level.PASS,
                "a new one after a test packet",
                handshake(peer(5000L), provoked(peer(0L), Map.of(), null)));
        assertOne(
                Level.PASS,
                "a new one after a test packet",
                handshake(peer(null), provoked(peer(0L), Map.of(), null)));
    }

    private static PeerStatus sentMore(Long age) {
        PeerStatus peer = peer(age);
        return new PeerStatus(
                peer.publicKey(),
                peer.endpoint(),
                peer.lastHandshake(),
                0,
                peer.sentBytes() + 148,
                0,
                peer.allowedIps());
    }

    @Test
    void anOldHandshakeFailsIfWeSend() {
        assertOne(
                Level.FAIL,
                "no longer answers",
                handshake(peer(181L), provoked(sentMore(181L), Map.of(), Reach.SILENT)));
        PeerStatus kept =
                ObservationBuilder.peer(
                        ObservationBuilder.OTHER, "203.0.113.20", 181L, 25, "10.99.0.2/32");
        assertOne(Level.FAIL, "no longer answers", handshake(kept, Probe.NONE));
    }

    @Test
    void noHandshakeAtAllFailsWithTheLikelyCause() {
        assertOne(
                Level.FAIL,
                "no program listens at 203.0.113.20:51820",
                handshake(peer(null), provoked(sentMore(null), Map.of(), Reach.REFUSED)));
        assertOne(
                Level.FAIL,
                "there is no route",
                handshake(peer(null), provoked(sentMore(null), Map.of(), Reach.UNREACHABLE)));
        assertOne(
                Level.FAIL,
                "a key is wrong on one side, a firewall",
                handshake(peer(null), provoked(sentMore(null), Map.of(), Reach.SILENT)));
        assertOne(
                Level.FAIL,
                "not with the preshared key",
                handshake(
                        peer(null),
                        provoked(
                                sentMore(null),
                                Map.of(DropReason.HANDSHAKE_INVALID, 1L),
                                Reach.SILENT)));
        assertOne(
                Level.FAIL,
                "has a different public key for this interface",
                handshake(
                        peer(null),
                        provoked(
                                sentMore(null),
                                Map.of(DropReason.MAC1_INVALID, 1L),
                                Reach.SILENT)));
        assertOne(
                Level.FAIL,
                "no datagram was sent",
                handshake(peer(null), provoked(peer(null), Map.of(), Reach.SILENT)));
    }

    @Test
    void aPeerWithoutAnEndpointIsWarnedOf() {
        assertOne(
                Level.WARN,
                "the peer must connect first",
                handshake(
                        ObservationBuilder.peer(
                                ObservationBuilder.OTHER, null, null, "10.99.0.2/32"),
                        Probe.NONE));
    }

    // --- reachable

    private List<Finding> reach(Reach reach) {
        Probe route = route("192.0.2.1", OptionalInt.empty());
        Probe probe = new Probe(route.route(), null, reach, null);
        return new ObservationBuilder()
                .down(file(FILE), Map.of(PEER, probe))
                .judge(new ReachCheck());
    }

    @Test
    void theAnswerToAnInitiationIsReported() {
        assertOne(Level.PASS, "answers an initiation", reach(Reach.ANSWERED));
        assertOne(Level.PASS, "under load", reach(Reach.COOKIE));
        assertOne(Level.FAIL, "preshared key", reach(Reach.ANSWERED_WRONGLY));
        assertOne(Level.FAIL, "no program listens", reach(Reach.REFUSED));
        assertOne(Level.FAIL, "no route to", reach(Reach.UNREACHABLE));
        assertOne(Level.FAIL, "does not answer", reach(Reach.SILENT));
    }

    @Test
    void anEndpointWhoseNameDoesNotResolveFails() {
        InetSocketAddress name = InetSocketAddress.createUnresolved("vpn.example", 51820);
        Probe probe =
                new Probe(new EndpointRoute(name, null, OptionalInt.empty()), null, null, null);
        assertOne(
                Level.FAIL,
                "the name vpn.example, the Endpoint of peer",
                new ObservationBuilder()
                        .down(file(FILE), Map.of(PEER, probe))
                        .judge(new ReachCheck()));
    }

    // --- keepalive

    private List<Finding> keepalive(String source, int seconds) {
        PeerStatus peer =
                ObservationBuilder.peer(
                        ObservationBuilder.OTHER, "203.0.113.20", 1L, seconds, "10.99.0.2/32");
        return running(null, ObservationBuilder.device(peer), route(source, OptionalInt.empty()))
                .judge(new KeepaliveCheck());
    }

    @Test
    void aPrivateAddressWithoutKeepaliveIsWarnedOf() {
        assertOne(Level.WARN, "reached from 192.168.1.5", keepalive("192.168.1.5", 0));
        assertOne(Level.WARN, "reached from 100.64.0.5", keepalive("100.64.0.5", 0));
        assertOne(Level.PASS, "every 25 seconds", keepalive("192.168.1.5", 25));
        assertOne(Level.PASS, "not reached through a NAT", keepalive("198.51.100.10", 0));
    }

    @Test
    void aPeerInTheSamePrivateNetworkNeedsNoKeepalive() {
        InetAddress own = InetAddress.ofLiteral("192.168.1.5");
        EndpointRoute route =
                new EndpointRoute(
                        ObservationBuilder.socket("192.168.1.6"), own, OptionalInt.empty());
        PeerStatus peer =
                ObservationBuilder.peer(
                        ObservationBuilder.OTHER, "192.168.1.6", 1L, "10.99.0.2/32");
        assertOne(
                Level.PASS,
                "not reached through a NAT",
                running(null, ObservationBuilder.device(peer), new Probe(route, null, null, null))
                        .judge(new KeepaliveCheck()));
    }

    // --- mtu

    private List<Finding> mtu(TunnelMtu mtu, OptionalInt path) {
        Probe route = route("198.51.100.10", path);
        return running(
                        null,
                        ObservationBuilder.device(peer(1L)),
                        new Probe(route.route(), null, null, mtu))
                .judge(new MtuCheck());
    }

    private static TunnelMtu limit(int bytes) {
        return new TunnelMtu(InetAddress.ofLiteral("10.99.0.2"), OptionalInt.of(bytes), null);
    }

    @Test
    void theFullMtuPassesAndThePingIsTheRightOne() {
        assertOne(
                Level.PASS, "ping -M do -s 1392 10.99.0.2", mtu(limit(1420), OptionalInt.of(1500)));
    }

    @Test
    void aSmallerLimitFails() {
        List<Finding> findings = mtu(limit(1328), OptionalInt.empty());
        assertOne(Level.FAIL, "longer than 1328 bytes are lost", findings);
        assertTrue(findings.getFirst().fix().contains("MTU = 1328"), findings::toString);
    }

    @Test
    void fragmentsAreWarnedOf() {
        assertOne(
                Level.WARN,
                "takes 1400 bytes: packets longer than 1340 travel in fragments",
                mtu(null, OptionalInt.of(1400)));
        assertTrue(mtu(null, OptionalInt.of(1480)).isEmpty());
    }

    @Test
    void aTargetThatAnswersNoPingIsNotJudged() {
        assertOne(
                Level.SKIP,
                "answers no ping",
                mtu(
                        new TunnelMtu(
                                InetAddress.ofLiteral("10.99.0.2"), OptionalInt.empty(), null),
                        OptionalInt.empty()));
    }

    // --- firewall

    private static FirewallState firewall(String hook, String policy) throws IOException {
        return new FirewallState(
                Ruleset.parse(
                        """
                        {"nftables": [{"chain": {"family": "inet", "table": "filter", "name": "%s",
                        "handle": 1, "type": "filter", "hook": "%s", "prio": 0, "policy": "%s"}}]}
                        """
                                .formatted(hook, hook, policy)),
                null);
    }

    @Test
    void theFirewallIsCheckedForThePresentPort() throws IOException {
        DeviceState moved =
                new DeviceState(
                        ObservationBuilder.OWN.publicKey(), 4444, 0, List.of(peer(1L)), Map.of());
        ObservationBuilder seen = running(file(FILE), moved, Probe.NONE);
        seen.firewall = firewall("input", "accept");
        assertOne(Level.PASS, "port 4444 is accepted", seen.judge(new FirewallCheck()));
    }

    @Test
    void anInvalidFileOrAnUnknownNameIsNotToldToComeUp() {
        ObservationBuilder wrong =
                new ObservationBuilder().down(file(FILE.replace("PrivateKey", "Privat")), Map.of());
        assertTrue(wrong.judge(new InterfaceCheck()).isEmpty());
        List<Finding> nothing =
                new ObservationBuilder().running(null, null, Map.of()).judge(new InterfaceCheck());
        assertOne(Level.FAIL, "neither an interface wg0 nor a file", nothing);
    }

    @Test
    void withoutASessionTheMtuIsNotJudged() {
        assertOne(
                Level.SKIP,
                "no session yet",
                running(file(FILE), ObservationBuilder.device(peer(null)), Probe.NONE)
                        .judge(new MtuCheck()));
    }

    @Test
    void aFirewallThatDropsThePortFails() throws IOException {
        ObservationBuilder seen =
                running(file(FILE), ObservationBuilder.device(peer(1L)), Probe.NONE);
        seen.firewall = firewall("input", "accept");
        assertOne(Level.PASS, "port 51820 is accepted", seen.judge(new FirewallCheck()));
        seen.firewall = firewall("input", "drop");
        List<Finding> findings = seen.judge(new FirewallCheck());
        assertOne(Level.FAIL, "is dropped in inet filter input (policy drop)", findings);
        assertEquals(
                "nft insert rule inet filter input udp dport 51820 accept",
                findings.getFirst().fix());
    }

    @Test
    void aClientNeedsNoOpenPort() throws IOException {
        ObservationBuilder seen =
                running(
                        file(FILE.replace("ListenPort = 51820\n", "")),
                        ObservationBuilder.device(peer(1L)),
                        Probe.NONE);
        seen.firewall = firewall("input", "drop");
        assertTrue(seen.judge(new FirewallCheck()).isEmpty());
    }

    @Test
    void aFirewallThatCannotBeSeenIsNotJudged() {
        ObservationBuilder seen =
                running(file(FILE), ObservationBuilder.device(peer(1L)), Probe.NONE);
        assertOne(Level.SKIP, "not looked at", seen.judge(new FirewallCheck()));
    }

    private static final String GATEWAY =
            FILE.replace("[Peer]", "PostUp = sysctl -w net.ipv4.ip_forward=1\n[Peer]");

    @Test
    void aGatewayWhosePacketsAreNotForwardedIsWarnedOf() throws IOException {
        ObservationBuilder seen =
                running(file(GATEWAY), ObservationBuilder.device(peer(1L)), Probe.NONE);
        seen.firewall = firewall("forward", "drop");
        List<Finding> findings = seen.judge(new FirewallCheck());
        assertEquals(
                List.of(Level.PASS, Level.WARN, Level.WARN),
                findings.stream().map(Finding::level).toList(),
                findings::toString);
        ObservationBuilder client =
                running(file(FILE), ObservationBuilder.device(peer(1L)), Probe.NONE);
        client.firewall = firewall("forward", "drop");
        assertOne(Level.PASS, "is accepted", client.judge(new FirewallCheck()));
    }

    // --- forwarding

    private List<Finding> forwarding(String text, String value) {
        ObservationBuilder seen =
                running(file(text), ObservationBuilder.device(peer(1L)), Probe.NONE);
        if (value != null) {
            seen.sysctls.put("net.ipv4.ip_forward", value);
        }
        return seen.judge(new ForwardingCheck());
    }

    @Test
    void forwardingOffOnAGatewayFails() {
        assertOne(Level.FAIL, "net.ipv4.ip_forward is off", forwarding(GATEWAY, "0"));
        assertOne(Level.PASS, "is on", forwarding(GATEWAY, "1"));
        assertOne(Level.SKIP, "could not be read", forwarding(GATEWAY, null));
        assertTrue(forwarding(FILE, "0").isEmpty());
    }

    @Test
    void aGatewayThatIsDownWithForwardingOffIsWarnedOf() {
        ObservationBuilder seen = new ObservationBuilder().down(file(GATEWAY), Map.of());
        seen.sysctls.put("net.ipv4.ip_forward", "0");
        assertOne(Level.WARN, "net.ipv4.ip_forward is off", seen.judge(new ForwardingCheck()));
    }

    @Test
    void forwardingOffOnALikelyGatewayIsWarnedOf() {
        String hub =
                FILE.replace("Endpoint = 203.0.113.20:51820\n", "")
                        + "[Peer]\nPublicKey = P3\nAllowedIPs = 10.99.0.3/32\n";
        assertOne(Level.WARN, "net.ipv4.ip_forward is off", forwarding(hub, "0"));
        String site = FILE.replace("10.99.0.2/32", "10.99.0.2/32, 192.168.2.0/24");
        assertOne(Level.WARN, "net.ipv4.ip_forward is off", forwarding(site, "0"));
        // A client that reaches a network through its hub is no gateway.
        assertTrue(forwarding(site.replace("ListenPort = 51820\n", ""), "0").isEmpty());
    }

    // --- clock

    private ObservationBuilder clock(Instant now, Optional<Boolean> synchronised) {
        ObservationBuilder seen = new ObservationBuilder();
        seen.clock = new Clock(now, synchronised, Instant.parse("2026-11-01T00:00:00Z"));
        return seen;
    }

    @Test
    void aClockIsJudged() {
        assertOne(
                Level.PASS,
                "synchronised",
                clock(ObservationBuilder.NOW, Optional.of(true)).judge(new ClockCheck()));
        assertOne(
                Level.WARN,
                "not synchronised",
                clock(ObservationBuilder.NOW, Optional.of(false)).judge(new ClockCheck()));
        assertOne(
                Level.SKIP,
                "does not say",
                clock(ObservationBuilder.NOW, Optional.empty()).judge(new ClockCheck()));
        assertOne(
                Level.FAIL,
                "says 1970-01-01",
                clock(Instant.EPOCH, Optional.of(true)).judge(new ClockCheck()));
    }

    @Test
    void aFileFromTheFutureIsWarnedOf() {
        ConfigView file = file(FILE);
        ConfigView future =
                new ConfigView(
                        file.path(),
                        file.config(),
                        null,
                        false,
                        file.publicKey(),
                        false,
                        ObservationBuilder.NOW.plusSeconds(3600),
                        false);
        assertOne(
                Level.WARN,
                "which is in the future",
                clock(ObservationBuilder.NOW, Optional.of(true))
                        .file(future)
                        .judge(new ClockCheck()));
    }

    @Test
    void refusedHandshakesOfASilentPeerPointAtItsClock() {
        DeviceState device = ObservationBuilder.device(peer(7200L));
        DeviceState refusing =
                new DeviceState(
                        device.publicKey(),
                        51820,
                        0,
                        device.peers(),
                        Map.of(DropReason.HANDSHAKE_INVALID, 7L));
        List<Finding> findings = running(null, refusing, Probe.NONE).judge(new ClockCheck());
        assertEquals(Level.WARN, findings.getFirst().level(), findings::toString);
        assertTrue(findings.getFirst().seen().contains("its clock was set back"));
        assertOne(
                Level.PASS,
                "synchronised",
                running(null, device, Probe.NONE).judge(new ClockCheck()));
    }

    // --- kernel

    @Test
    void aKernelThatDamagesDatagramsIsNamed() {
        ObservationBuilder seen = new ObservationBuilder();
        assertOne(Level.SKIP, "release", seen.judge(new KernelCheck()));
        seen.sysctls.put("kernel.osrelease", "7.0.2-6-pve");
        assertOne(Level.WARN, "Linux 7.0.2-6-pve damages datagrams", seen.judge(new KernelCheck()));
        assertTrue(seen.judge(new KernelCheck()).getFirst().fix().contains("7.1.5"));
        seen.sysctls.put("kernel.osrelease", "5.10.0-33-amd64");
        assertOne(Level.WARN, "received as one", seen.judge(new KernelCheck()));
        seen.sysctls.put("kernel.osrelease", "7.1.5");
        assertOne(Level.PASS, "no fault", seen.judge(new KernelCheck()));
    }
}
