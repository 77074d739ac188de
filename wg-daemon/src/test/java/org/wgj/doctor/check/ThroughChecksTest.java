// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation.ConfigView;
import org.wgj.doctor.observation.Observation.EndpointRoute;
import org.wgj.doctor.observation.Observation.Probe;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Observation.TunnelMtu;
import org.wgj.doctor.observation.Through;
import org.wgj.doctor.observation.Through.NameReply;
import org.wgj.doctor.observation.Through.Reply;
import org.wgj.doctor.observation.Through.TargetReply;
import org.wgj.doctor.observation.ThroughTarget;
import org.wgj.doctor.report.Finding;
import org.wgj.doctor.report.Level;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Checks of what was seen through the doctor's own tunnel, or of a tunnel without interface. */
class ThroughChecksTest {
    private static final String FILE =
            """
            [Interface]
            Address = 10.99.0.1/24
            DNS = 10.99.0.2
            PrivateKey = K1
            [Peer]
            PublicKey = P2
            AllowedIPs = 10.99.0.2/32
            Endpoint = 203.0.113.20:51820
            [Socks5]
            BindAddress = 127.0.0.1:1080
            """;
    private static final PublicKey PEER = ObservationBuilder.OTHER.publicKey();
    private static final InetAddress SERVER = InetAddress.ofLiteral("10.99.0.2");

    @TempDir Path folder;

    private List<Finding> judge(Check check, String text, Through through, Probe probe) {
        ConfigView file = ObservationBuilder.read(folder, "wg0.conf", text);
        ObservationBuilder seen = new ObservationBuilder();
        seen.subjects.add(new Subject("wg0", file, true, null, null, Map.of(PEER, probe), through));
        return seen.judge(check);
    }

    private static Finding one(Level level, String part, List<Finding> findings) {
        assertEquals(1, findings.size(), findings::toString);
        Finding finding = findings.getFirst();
        assertEquals(level, finding.level(), finding::toString);
        assertTrue(finding.seen().contains(part), finding::toString);
        assertEquals(level == Level.WARN || level == Level.FAIL, finding.fix() != null);
        return finding;
    }

    // --- names

    private List<Finding> names(Reply reply, boolean wanted, String detail) {
        NameReply answer =
                new NameReply(
                        SERVER,
                        "db.office",
                        wanted,
                        reply,
                        reply == Reply.ANSWERED ? List.of(SERVER) : List.of(),
                        detail);
        Through through = new Through(null, null, List.of(answer), List.of(), Map.of());
        return judge(new NamesCheck(), FILE, through, Probe.NONE);
    }

    @Test
    void aServerThatKnowsTheNamePasses() {
        one(
                Level.PASS,
                "10.99.0.2 says that db.office is 10.99.0.2",
                names(Reply.ANSWERED, true, null));
    }

    @Test
    void anUnknownNameFailsOnlyIfTheUserGaveIt() {
        one(
                Level.FAIL,
                "10.99.0.2 knows no address of db.office",
                names(Reply.UNKNOWN_NAME, true, null));
        one(Level.PASS, "10.99.0.2 answers", names(Reply.UNKNOWN_NAME, false, null));
    }

    @Test
    void aServerOutOfReachFails() {
        one(Level.FAIL, "no AllowedIPs cover", names(Reply.NOT_COVERED, false, null));
        one(Level.FAIL, "no handshake", names(Reply.NO_HANDSHAKE, false, "late"));
        one(Level.FAIL, "does not help: it is silent", names(Reply.FAILED, false, "it is silent"));
    }

    @Test
    void whatTheTunnelsFamiliesLeaveOutSaysSo() {
        InetAddress far = InetAddress.ofLiteral("fd00::1");
        String reason = "MTU 1200 is below 1280, which IPv6 needs";
        NameReply server =
                new NameReply(far, "db.office", false, Reply.NO_SOURCE, List.of(), reason);
        TargetReply target =
                new TargetReply(
                        ThroughTarget.parse("[fd00::1]:80"),
                        far,
                        PEER,
                        Reply.NO_SOURCE,
                        null,
                        reason);
        Through through = new Through(null, null, List.of(server), List.of(target), Map.of());
        String text = FILE.replace("DNS = 10.99.0.2", "DNS = fd00::1\nMTU = 1200");
        String quick = text.substring(0, text.indexOf("[Socks5]"));
        Finding name =
                one(
                        Level.FAIL,
                        reason + "; DNS = fd00::1 cannot be asked",
                        judge(new NamesCheck(), quick, through, Probe.NONE));
        assertTrue(
                name.fix().startsWith("MTU = 1280 and an IPv6 address in Address =, in "),
                name::toString);
        assertTrue(name.fix().endsWith(" of the other family"), name::toString);
        Finding host =
                one(
                        Level.FAIL,
                        reason + "; [fd00::1]:80 cannot be reached",
                        judge(new TargetCheck(), quick, through, Probe.NONE));
        assertTrue(host.fix().startsWith("MTU = 1280 and an IPv6 address"), host::toString);
        Finding owned =
                one(
                        Level.FAIL,
                        reason,
                        judge(
                                new TargetCheck(),
                                quick.replace("10.99.0.1/24", "10.99.0.1/24, fd00::2"),
                                through,
                                Probe.NONE));
        assertTrue(owned.fix().startsWith("MTU = 1280, in "), owned::toString);
    }

    /** {@code wgj proxy} reaches everything with such a file, an interface nothing. */
    @Test
    void aFileWithoutAllowedIpsSaysSo() {
        String text = FILE.replaceAll("AllowedIPs = .*\n|\\[Socks5][^\\[]*", "");
        NameReply server =
                new NameReply(SERVER, "db.office", true, Reply.NOT_COVERED, List.of(), null);
        TargetReply target =
                new TargetReply(
                        ThroughTarget.parse("10.99.0.2:80"),
                        SERVER,
                        null,
                        Reply.NOT_COVERED,
                        null,
                        null);
        Through through = new Through(null, null, List.of(server), List.of(target), Map.of());
        for (Check check : List.of(new NamesCheck(), new TargetCheck())) {
            Finding finding =
                    one(
                            Level.FAIL,
                            "the file has no AllowedIPs",
                            judge(check, text, through, Probe.NONE));
            assertTrue(finding.fix().startsWith("AllowedIPs = "), finding::toString);
        }
    }

    @Test
    void namesThatLeaveTheTunnelAreWarnedOf() {
        TargetReply reply =
                new TargetReply(
                        ThroughTarget.parse("db.office"), SERVER, PEER, Reply.ANSWERED, null, null);
        Through through = new Through(null, null, List.of(), List.of(reply), Map.of());
        String text = FILE.replace("DNS = 10.99.0.2\n", "");
        one(
                Level.WARN,
                "the system's resolver",
                judge(new NamesCheck(), text, through, Probe.NONE));
    }

    // --- target

    private Finding target(Level level, String part, String target, Reply reply) {
        TargetReply answer =
                new TargetReply(
                        ThroughTarget.parse(target),
                        reply == Reply.UNKNOWN_NAME ? null : SERVER,
                        reply == Reply.NOT_COVERED ? null : PEER,
                        reply,
                        reply == Reply.ANSWERED ? Duration.ofNanos(2_500_000) : null,
                        "why");
        Through through = new Through(null, null, List.of(), List.of(answer), Map.of());
        return one(level, part, judge(new TargetCheck(), FILE, through, Probe.NONE));
    }

    @Test
    void aTargetThatAnswersPasses() {
        target(
                Level.PASS,
                "db.office:80 (10.99.0.2) accepts a connection after 2.5 ms",
                "db.office:80",
                Reply.ANSWERED);
        target(Level.PASS, "10.99.0.2 answers a ping after 2.5 ms", "10.99.0.2", Reply.ANSWERED);
    }

    @Test
    void everyReasonHasItsWords() {
        String target = "10.99.0.2:80";
        target(Level.FAIL, "no address: why", "db.office:80", Reply.UNKNOWN_NAME);
        Finding outside = target(Level.FAIL, "no AllowedIPs", target, Reply.NOT_COVERED);
        assertTrue(outside.fix().contains("add 10.99.0.2 to"), outside::toString);
        target(Level.FAIL, "no handshake with peer", target, Reply.NO_HANDSHAKE);
        target(Level.FAIL, "refuses the port", target, Reply.REFUSED);
        target(Level.FAIL, "although there is a session", target, Reply.TIMED_OUT);
        target(Level.FAIL, "unreachable", target, Reply.UNREACHABLE);
        target(Level.FAIL, "10.99.0.2:80: why", target, Reply.FAILED);
    }

    @Test
    void aTunnelThatWasNotOpenedIsNoFailureAndABrokenOneIs() {
        one(
                Level.SKIP,
                "it runs",
                judge(new TargetCheck(), FILE, Through.notOpened("it runs"), Probe.NONE));
        one(
                Level.FAIL,
                "it is broken",
                judge(new TargetCheck(), FILE, Through.failed("it is broken"), Probe.NONE));
    }

    // --- mtu

    private List<Finding> mtu(String text, OptionalInt limit, OptionalInt path) {
        Probe probe =
                new Probe(
                        new EndpointRoute(ObservationBuilder.socket("203.0.113.20"), SERVER, path),
                        null,
                        null,
                        null);
        Through through =
                new Through(
                        null,
                        null,
                        List.of(),
                        List.of(),
                        Map.of(PEER, new TunnelMtu(SERVER, limit, null)));
        return judge(new MtuCheck(), text, limit == null ? null : through, probe);
    }

    @Test
    void thePathOfAProxysFileIsComparedWithItsMtu() {
        one(Level.PASS, "all 1420 bytes fit", mtu(FILE, null, OptionalInt.of(1500)));
        Finding narrow =
                one(
                        Level.WARN,
                        "packets longer than 1340 travel in fragments",
                        mtu(FILE, null, OptionalInt.of(1400)));
        assertTrue(narrow.fix().startsWith("MTU = 1340 in "), narrow::toString);
        assertTrue(mtu(FILE, null, OptionalInt.empty()).isEmpty());
    }

    @Test
    void anInterfacesFileWithoutAnMtuIsNotJudged() {
        String text = FILE.replaceAll("(?s)\\[Socks5.*", "");
        assertTrue(mtu(text, null, OptionalInt.of(1400)).isEmpty());
        one(
                Level.WARN,
                "travel in fragments",
                mtu(text.replace("DNS", "MTU = 1420\nDNS"), null, OptionalInt.of(1400)));
    }

    @Test
    void theLongestPacketThroughTheTunnelIsJudged() {
        one(
                Level.PASS,
                "all 1420 bytes arrive (pings of 10.99.0.2)",
                mtu(FILE, OptionalInt.of(1420), OptionalInt.empty()));
        Finding lost =
                one(
                        Level.FAIL,
                        "longer than 1328 bytes are lost, the MTU is 1420",
                        mtu(FILE, OptionalInt.of(1328), OptionalInt.empty()));
        assertTrue(lost.fix().startsWith("MTU = 1328 in "), lost::toString);
        one(Level.SKIP, "answers no ping", mtu(FILE, OptionalInt.empty(), OptionalInt.empty()));
    }

    @Test
    void ipv6NeedsItsLeastMtu() {
        String ipv6 = FILE.replace("10.99.0.1/24", "10.99.0.1/24, fd99::1/64");
        String quick = ipv6.substring(0, ipv6.indexOf("[Socks5]")); // wgj proxy leaves IPv6 off
        Finding small =
                one(
                        Level.FAIL,
                        "IPv6 in Address needs an MTU of 1280, and MTU = 1200",
                        mtu(quick.replace("DNS", "MTU = 1200\nDNS"), null, OptionalInt.empty()));
        assertTrue(small.fix().startsWith("MTU = 1280"), small::toString);
        String plain =
                FILE.substring(0, FILE.indexOf("[Socks5]")).replace("DNS", "MTU = 1200\nDNS");
        one(
                Level.WARN,
                "IPv6 in AllowedIPs needs an MTU of 1280",
                mtu(plain.replace("2/32", "2/32, ::/0"), null, OptionalInt.empty()));
        one(
                Level.FAIL,
                "IPv6 in DNS and AllowedIPs needs an MTU of 1280",
                mtu(
                        plain.replace("2/32", "2/32, ::/0").replace("DNS = ", "DNS = fd00::1, "),
                        null,
                        OptionalInt.empty()));
        assertTrue(mtu(plain, null, OptionalInt.empty()).isEmpty());
        Finding narrow =
                one(
                        Level.FAIL,
                        "longer than 1200 bytes are lost",
                        mtu(ipv6, OptionalInt.of(1200), OptionalInt.empty()));
        assertTrue(narrow.fix().contains("no room for IPv6"), narrow::toString);
    }
}
