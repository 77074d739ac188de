// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.doctor.report.Finding;
import org.wgj.doctor.report.Level;

import java.nio.file.Path;
import java.util.List;

class PairCheckTest {
    private static final String A =
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
    private static final String B =
            """
            [Interface]
            Address = 10.99.0.2/24
            ListenPort = 51820
            PrivateKey = K2
            [Peer]
            PublicKey = P1
            AllowedIPs = 10.99.0.1/32
            Endpoint = 198.51.100.10:51820
            """;

    @TempDir Path folder;

    private List<Finding> judge(String... texts) {
        ObservationBuilder seen = new ObservationBuilder();
        for (int i = 0; i < texts.length; i++) {
            seen.file(ObservationBuilder.read(folder, "node" + i + ".conf", texts[i]));
        }
        return seen.judge(new PairCheck());
    }

    private static Finding worst(List<Finding> findings) {
        List<Finding> bad = findings.stream().filter(f -> f.level() != Level.PASS).toList();
        assertEquals(1, bad.size(), findings::toString);
        return bad.getFirst();
    }

    private static void assertWorst(Level level, String part, List<Finding> findings) {
        Finding worst = worst(findings);
        assertEquals(level, worst.level(), worst::toString);
        assertTrue(worst.seen().contains(part), worst::toString);
    }

    @Test
    void twoFilesThatFitPass() {
        List<Finding> findings = judge(A, B);
        assertEquals(2, findings.size());
        assertTrue(findings.stream().allMatch(f -> f.level() == Level.PASS), findings::toString);
    }

    @Test
    void unrelatedFilesAreNotCompared() {
        String alone = B.replace("P1", "P3").replace("10.99.0.1/32", "10.98.0.1/32");
        assertTrue(judge(A.replace("P2", "P3").replace("10.99.0.2", "10.9.0.9"), alone).isEmpty());
    }

    @Test
    void aPeerConfiguredOnOnlyOneSideFails() {
        String stranger = B.replace("P1", "P3").replace("10.99.0.1/32", "10.98.0.1/32");
        List<Finding> findings = judge(A, stranger);
        assertWorst(Level.FAIL, "has no peer with the key of this file", findings);
        assertTrue(worst(findings).fix().contains(ObservationBuilder.OWN.publicKey().toBase64()));
    }

    @Test
    void aWrongKeyForAnAddressFailsOnTheSideThatHasIt() {
        // B has A's address with a key of no known machine.
        List<Finding> findings =
                judge(A, B.replace("P1", "P3")).stream()
                        .filter(f -> f.subject().endsWith("node1.conf"))
                        .toList();
        assertWorst(Level.FAIL, "has the address of", findings);
        assertEquals(
                "PublicKey = " + ObservationBuilder.OWN.publicKey().toBase64(),
                worst(findings).fix());
    }

    @Test
    void aNodeMayCarryTheAddressOfAThirdOne() {
        // A reaches C through B, as branches reach one another through headquarters.
        String throughB = A.replace("10.99.0.2/32", "10.99.0.2/32, 10.99.0.3/32");
        String c =
                B.replace("K2", "K3").replace("10.99.0.2/24", "10.99.0.3/24").replace("P1", "P2");
        String b =
                B
                        + "[Peer]\n"
                        + "PublicKey = P3\n"
                        + "AllowedIPs = 10.99.0.3/32\n"
                        + "Endpoint = 192.0.2.3:51820\n";
        String cToB = c.replace("10.99.0.1/32", "10.99.0.2/32, 10.99.0.1/32");
        List<Finding> findings = judge(throughB, b, cToB);
        assertTrue(findings.stream().allMatch(f -> f.level() == Level.PASS), findings::toString);
    }

    @Test
    void allowedIpsWithoutTheAddressOfTheOtherSideFail() {
        List<Finding> findings = judge(A.replace("10.99.0.2/32", "10.99.0.3/32"), B);
        assertWorst(Level.FAIL, "leave out 10.99.0.2", findings);
    }

    @Test
    void oneMissingAddressOfSeveralIsWarnedOf() {
        String both = B.replace("10.99.0.2/24", "10.99.0.2/24, fd99::2/64");
        assertWorst(Level.WARN, "leave out fd99::2", judge(A, both));
    }

    @Test
    void anEndpointAtAnotherPortIsWarnedOf() {
        String other = B.replace("ListenPort = 51820", "ListenPort = 51821");
        assertWorst(Level.WARN, "its ListenPort is 51821", judge(A, other));
        String none = B.replace("ListenPort = 51820\n", "");
        assertWorst(Level.WARN, "has no ListenPort", judge(A, none));
    }

    @Test
    void twoFilesWithoutAnyEndpointFail() {
        String a = A.replace("Endpoint = 203.0.113.20:51820\n", "");
        String b = B.replace("Endpoint = 198.51.100.10:51820\n", "");
        assertWorst(Level.FAIL, "has an Endpoint for the other", judge(a, b));
    }

    @Test
    void differentPresharedKeysFailAndAreNotShown() {
        String key = "PresharedKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
        List<Finding> findings = judge(A + key, B);
        assertWorst(Level.FAIL, "preshared key", findings);
        assertTrue(!findings.toString().contains("AAECAwQF"), findings::toString);
        assertTrue(judge(A + key, B + key).stream().allMatch(f -> f.level() == Level.PASS));
    }
}
