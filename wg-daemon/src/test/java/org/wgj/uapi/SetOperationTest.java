// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Tests what a set request does. Each test applies the lines in one change, and then each line in
 * its own change.
 */
class SetOperationTest {
    private static final String A = "public_key=" + "a1".repeat(32);
    private static final String B = "public_key=" + "b2".repeat(32);
    private static final String OWN_PRIVATE = "c8".repeat(32);
    private static final String OWN =
            "public_key=" + PrivateKey.fromHex(OWN_PRIVATE).publicKey().toHex();

    private FakeTunnel tunnel;

    @AfterEach
    void close() {
        tunnel.close();
    }

    /**
     * Applies requests, whose lines are separated by spaces, and compares the relevant lines of the
     * configuration.
     */
    private void assertLeaves(String expected, String... requests) throws Exception {
        for (boolean atOnce : new boolean[] {true, false}) {
            if (tunnel != null) {
                tunnel.close();
            }
            tunnel = new FakeTunnel();
            for (String request : requests) {
                set(atOnce, request.split(" "));
            }
            assertEquals(expected, configuration(), atOnce ? "at once" : "line by line");
        }
    }

    private void set(boolean atOnce, String... lines) throws UapiException {
        SetParser parser = new SetParser();
        SetOperation operation = new SetOperation();
        List<SetCommand> commands = new ArrayList<>();
        for (String line : lines) {
            commands.add(parser.parse(line));
            if (!atOnce) {
                change(operation, commands, false);
                commands = new ArrayList<>();
            }
        }
        change(operation, commands, true);
    }

    private void change(SetOperation operation, List<SetCommand> commands, boolean last) {
        tunnel.configure(editor -> operation.apply(editor, commands, last)).join();
    }

    private String configuration() {
        ByteBuffer out = ByteBuffer.allocate(1 << 20);
        new GetReply(tunnel.statusWithKeys().join()).write(out, Integer.MAX_VALUE);
        return new String(out.array(), 0, out.position(), StandardCharsets.US_ASCII)
                .lines()
                .filter(
                        line ->
                                line.matches(
                                        "(listen_port|fwmark|public_key|endpoint|allowed_ip)=.*"))
                .collect(Collectors.joining(" "));
    }

    @Test
    void aPeerNeedsNothingButItsKey() throws Exception {
        assertLeaves(A + " " + B, A + " " + B);
    }

    @Test
    void selectingAPeerAgainKeepsItsSettings() throws Exception {
        assertLeaves(
                A + " endpoint=192.0.2.1:1 allowed_ip=10.0.0.0/8 " + B,
                A + " allowed_ip=10.0.0.0/8 " + B,
                A + " endpoint=192.0.2.1:1");
    }

    @Test
    void keysOfASectionComeInAnyOrder() throws Exception {
        assertLeaves(
                A + " endpoint=192.0.2.1:1 allowed_ip=10.0.0.0/8 allowed_ip=10.1.0.0/16",
                A
                        + " allowed_ip=10.0.0.0/8 protocol_version=1 endpoint=192.0.2.1:1"
                        + " allowed_ip=10.1.0.0/16");
    }

    @Test
    void replacePeersLeavesOnlyThePeersThatFollow() throws Exception {
        assertLeaves(
                "fwmark=1 " + B, A + " allowed_ip=10.0.0.0/8", "fwmark=1 replace_peers=true " + B);
    }

    @Test
    void anAllowedIpMovesToTheLastPeerThatGetsIt() throws Exception {
        assertLeaves(
                A + " " + B + " allowed_ip=10.0.0.0/8",
                A + " allowed_ip=10.0.0.0/8",
                B + " allowed_ip=10.0.0.0/8");
    }

    @Test
    void anAllowedIpIsRemovedFromItsOwnerOnly() throws Exception {
        String both = A + " allowed_ip=10.0.0.0/8 allowed_ip=10.1.0.0/16 " + B;
        assertLeaves(A + " allowed_ip=10.1.0.0/16 " + B, both, A + " allowed_ip=-10.0.0.0/8");
        assertLeaves(
                A + " allowed_ip=10.0.0.0/8 allowed_ip=10.1.0.0/16 " + B,
                both,
                B + " allowed_ip=-10.0.0.0/8");
    }

    @Test
    void replaceAllowedIpsDropsThePreviousOnes() throws Exception {
        assertLeaves(
                A + " allowed_ip=10.2.0.0/16",
                A + " allowed_ip=10.0.0.0/8",
                A + " allowed_ip=10.1.0.0/16 replace_allowed_ips=true allowed_ip=10.2.0.0/16");
    }

    @Test
    void theRestOfTheSectionOfARemovedPeerIsIgnored() throws Exception {
        assertLeaves(B, A, A + " remove=true allowed_ip=10.0.0.0/8 endpoint=192.0.2.1:1 " + B);
    }

    @Test
    void aPeerRemovedAndSelectedAgainIsNew() throws Exception {
        assertLeaves(
                A + " allowed_ip=10.1.0.0/16",
                A + " allowed_ip=10.0.0.0/8",
                A + " remove=true " + A + " allowed_ip=10.1.0.0/16");
    }

    @Test
    void removingAnUnknownPeerCreatesNone() throws Exception {
        assertLeaves("", A + " remove=true");
        assertEquals(0, tunnel.addPeerCalls.get());
    }

    @Test
    void updateOnlyChangesAnExistingPeer() throws Exception {
        assertLeaves(A + " endpoint=192.0.2.1:1", A, A + " update_only=true endpoint=192.0.2.1:1");
    }

    @Test
    void updateOnlyOfAnUnknownPeerIsIgnoredWithTheRestOfItsSection() throws Exception {
        assertLeaves(
                "listen_port=7 " + B,
                "listen_port=7 " + A + " update_only=true allowed_ip=10.0.0.0/8 " + B);
        assertEquals(1, tunnel.addPeerCalls.get());
    }

    @Test
    void updateOnlyAfterOtherKeysRemovesThePeerTheyCreated() throws Exception {
        assertLeaves("", A + " endpoint=192.0.2.1:1 update_only=true allowed_ip=10.0.0.0/8");
    }

    @Test
    void updateOnlyAfterOtherKeysKeepsAnExistingPeer() throws Exception {
        assertLeaves(
                A + " endpoint=192.0.2.1:1 allowed_ip=10.0.0.0/8",
                A,
                A + " endpoint=192.0.2.1:1 update_only=true allowed_ip=10.0.0.0/8");
    }

    @Test
    void theSectionOfTheTunnelsOwnKeyIsIgnored() throws Exception {
        assertLeaves(
                A + " allowed_ip=10.0.0.0/8",
                "private_key=" + OWN_PRIVATE,
                A
                        + " allowed_ip=10.0.0.0/8 "
                        + OWN
                        + " allowed_ip=10.0.0.0/8 endpoint=192.0.2.1:1 update_only=true");
        assertLeaves("", "private_key=" + OWN_PRIVATE, OWN + " remove=true");
    }

    @Test
    void anEndpointWithPortZeroIsKept() throws Exception {
        assertLeaves(A + " endpoint=192.0.2.1:0", A + " endpoint=192.0.2.1:0");
    }

    @Test
    void settingThePrivateKeyOfAPeerRemovesThePeer() throws Exception {
        assertLeaves(A, OWN + " allowed_ip=10.0.0.0/8 " + A, "private_key=" + OWN_PRIVATE);
    }

    @Test
    void aPeerRemovedBetweenTwoPiecesStaysRemoved() throws Exception {
        tunnel = new FakeTunnel();
        SetParser parser = new SetParser();
        SetOperation operation = new SetOperation();
        change(operation, List.of(parser.parse(A), parser.parse("endpoint=192.0.2.1:1")), false);
        set(true, "replace_peers=true");
        change(operation, List.of(parser.parse("allowed_ip=10.0.0.0/8"), parser.parse(B)), false);
        change(operation, List.of(parser.parse("allowed_ip=10.0.0.0/8")), true);
        assertEquals(B + " allowed_ip=10.0.0.0/8", configuration());
    }
}
