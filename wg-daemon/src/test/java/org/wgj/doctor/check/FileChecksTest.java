// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.doctor.collect.ConfigReader;
import org.wgj.doctor.observation.Observation.ConfigView;
import org.wgj.doctor.report.Finding;
import org.wgj.doctor.report.Level;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/** Checks that need only the file. */
class FileChecksTest {
    private static final String GOOD =
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

    @TempDir Path folder;

    private ConfigView read(String text) {
        return ObservationBuilder.read(folder, "wg0.conf", text);
    }

    private List<Finding> judge(Check check, String text) {
        return new ObservationBuilder().file(read(text)).judge(check);
    }

    private static void assertOne(Level level, String part, List<Finding> findings) {
        assertEquals(1, findings.size(), findings::toString);
        Finding finding = findings.getFirst();
        assertEquals(level, finding.level(), finding::toString);
        assertTrue(finding.seen().contains(part), finding::toString);
        assertEquals(level == Level.WARN || level == Level.FAIL, finding.fix() != null);
    }

    @Test
    void aValidFilePasses() {
        assertOne(Level.PASS, "1 peer", judge(new FileCheck(), GOOD));
        assertTrue(judge(new HookCheck(), GOOD).isEmpty());
        assertOne(Level.PASS, "every peer has its own", judge(new KeyCheck(), GOOD));
        assertOne(Level.PASS, "of its own", judge(new RangeCheck(), GOOD));
    }

    @Test
    void aPlaceholderFails() {
        String text = GOOD.replace("P2", "<node-B-public-key>");
        assertOne(Level.FAIL, "line 6", judge(new FileCheck(), text));
    }

    @Test
    void aFileThatAllUsersCanReadIsWarnedOf() throws IOException {
        ConfigView seen = read(GOOD);
        Files.setPosixFilePermissions(seen.path(), PosixFilePermissions.fromString("rw-r--r--"));
        // Test folders are closed to others, which also closes the file.
        assertFalse(ConfigReader.read(seen.path()).openToAll());
        ConfigView open =
                new ConfigView(
                        seen.path(),
                        seen.config(),
                        null,
                        false,
                        seen.publicKey(),
                        true,
                        seen.modified(),
                        false);
        assertOne(
                Level.WARN,
                "every user can read",
                new ObservationBuilder().file(open).judge(new FileCheck()));
    }

    @Test
    void aFileOfTheProxyIsReadByItsRulesAndNeedsNoInterface() throws IOException {
        String sections = "\n[Socks5]\nBindAddress = 127.0.0.1:1080\n";
        ConfigView seen = read(GOOD + sections);
        assertTrue(seen.ofProxy());
        assertOne(
                Level.PASS,
                "1 peer, for wgj proxy",
                new ObservationBuilder().file(seen).judge(new FileCheck()));
        assertOne(
                Level.PASS,
                "none is needed",
                new ObservationBuilder().down(seen, Map.of()).judge(new InterfaceCheck()));
        assertFalse(read(GOOD).ofProxy());
        assertOne(
                Level.FAIL,
                "BindAddress",
                judge(new FileCheck(), GOOD + "\n[Socks5]\nUsername = a\n"));
    }

    @Test
    void aMissingFileFails() {
        ConfigView missing = ConfigReader.read(folder.resolve("wg0.conf"));
        assertOne(
                Level.FAIL,
                "no such file",
                new ObservationBuilder().file(missing).judge(new FileCheck()));
        assertEquals(
                List.of("name the file that you mean, or write it"),
                new ObservationBuilder()
                        .file(missing).judge(new FileCheck()).stream().map(Finding::fix).toList());
    }

    @Test
    void anUnreadableFileIsNotJudged() {
        ConfigView closed =
                new ConfigView(
                        folder.resolve("wg0.conf"),
                        null,
                        null,
                        false,
                        null,
                        false,
                        ObservationBuilder.NOW,
                        false);
        assertOne(
                Level.SKIP,
                "cannot be read",
                new ObservationBuilder().file(closed).judge(new FileCheck()));
    }

    @Test
    void aHookThatFlushesTheWholeRulesetIsWarnedOf() {
        for (String hook :
                List.of(
                        "nft flush ruleset",
                        "nft -a flush ruleset",
                        "iptables -F",
                        "ip6tables -w -t nat -F; true",
                        "iptables --flush")) {
            String text = GOOD.replace("[Peer]", "PostDown = " + hook + "\n[Peer]");
            assertOne(Level.WARN, hook, judge(new HookCheck(), text));
        }
        for (String hook :
                List.of(
                        "nft flush table inet wg0",
                        "nft flush chain inet filter x",
                        "iptables -F WG0",
                        "iptables -t nat -F WG0")) {
            String text = GOOD.replace("[Peer]", "PostDown = " + hook + "\n[Peer]");
            assertTrue(judge(new HookCheck(), text).isEmpty(), hook);
        }
    }

    @Test
    void aPeerWithOurOwnKeyFails() {
        assertOne(
                Level.FAIL,
                "key of this interface itself",
                judge(new KeyCheck(), GOOD.replace("P2", "P1")));
    }

    @Test
    void aPeerListedTwiceFails() {
        List<Finding> findings =
                new ObservationBuilder()
                        .running(
                                null,
                                ObservationBuilder.device(
                                        ObservationBuilder.peer(
                                                ObservationBuilder.OTHER, null, null),
                                        ObservationBuilder.peer(
                                                ObservationBuilder.OTHER, null, null)),
                                Map.of())
                        .judge(new KeyCheck());
        assertOne(Level.FAIL, "twice", findings);
    }

    @Test
    void twoMachinesWithOneKeyFailAndTwoInterfacesAreWarnedOf() {
        ConfigView one = ObservationBuilder.read(folder, "a.conf", GOOD);
        ConfigView two = ObservationBuilder.read(folder, "b.conf", GOOD);
        List<Finding> machines = new ObservationBuilder().file(one).file(two).judge(new KeyCheck());
        assertEquals(Level.FAIL, machines.get(1).level());
        assertTrue(machines.get(1).seen().contains("same private key"), machines::toString);
        List<Finding> interfaces =
                new ObservationBuilder()
                        .down(one, Map.of())
                        .down(two, Map.of())
                        .judge(new KeyCheck());
        assertEquals(Level.WARN, interfaces.get(1).level());
    }

    private static String second(String allowed) {
        return GOOD + "[Peer]\nPublicKey = P3\nAllowedIPs = " + allowed + "\n";
    }

    @Test
    void theSameRangeTwiceFails() {
        assertOne(
                Level.FAIL, "10.99.0.2/32 is given", judge(new RangeCheck(), second("10.99.0.2")));
    }

    @Test
    void aRangeInsideAnotherIsLegal() {
        assertOne(Level.PASS, "of its own", judge(new RangeCheck(), second("10.98.0.0/24")));
        assertOne(
                Level.PASS,
                "10.99.0.2/32 of peer "
                        + ObservationBuilder.OTHER.publicKey()
                        + " is taken out of 10.99.0.0/24",
                judge(new RangeCheck(), second("10.99.0.0/24")));
        assertOne(
                Level.PASS,
                "is taken out of 0.0.0.0/0",
                judge(new RangeCheck(), second("0.0.0.0/0, ::/0")));
    }

    @Test
    void aPeerHiddenByLongerPrefixesOfOthersIsWarnedOf() {
        String halves =
                GOOD.replace("10.99.0.2/32", "10.99.0.4/31, 10.99.0.6/32, 10.99.0.7/32")
                        + "[Peer]\nPublicKey = P3\nAllowedIPs = 10.99.0.4/30\n";
        assertOne(
                Level.WARN,
                ObservationBuilder.THIRD.publicKey().toString(),
                judge(new RangeCheck(), halves));
        String ipv6 =
                GOOD.replace("10.99.0.2/32", "fd00::/65, fd00::8000:0:0:0/65")
                        + "[Peer]\nPublicKey = P3\nAllowedIPs = fd00::/64\n";
        assertOne(
                Level.WARN,
                ObservationBuilder.THIRD.publicKey().toString(),
                judge(new RangeCheck(), ipv6));
        String shorter =
                GOOD.replace("10.99.0.2/32", "fd00:0:0::/49, fd00:0:0:8000::/49")
                        + "[Peer]\nPublicKey = P3\nAllowedIPs = fd00::/48\n";
        assertOne(
                Level.WARN,
                ObservationBuilder.THIRD.publicKey().toString(),
                judge(new RangeCheck(), shorter));
        String lowerHalf = shorter.replace(", fd00:0:0:8000::/49", "");
        assertOne(Level.PASS, "fd00::/49 of peer", judge(new RangeCheck(), lowerHalf));
        // One address remains.
        String almost = halves.replace(", 10.99.0.7/32", "");
        assertOne(Level.PASS, "and 1 more like that", judge(new RangeCheck(), almost));
    }

    @Test
    void aPeerWithoutAllowedIpsIsWarnedOf() {
        String text = GOOD.replace("AllowedIPs = 10.99.0.2/32\n", "");
        assertOne(Level.WARN, "has no AllowedIPs", judge(new RangeCheck(), text));
    }

    @Test
    void ourOwnAddressAtAPeerIsWarnedOf() {
        String text = GOOD.replace("10.99.0.2/32", "10.99.0.1/32");
        assertOne(Level.WARN, "the Address of this interface", judge(new RangeCheck(), text));
    }
}
