// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.nft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Set;

/** Rulesets as nft 1.0.6 prints them, and their effect on the tunnel's datagrams. */
class RulesetTest {
    private static final String BEGIN =
            """
            {"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
            {"table": {"family": "inet", "name": "filter", "handle": 1}},
            {"set": {"family": "inet", "name": "ports", "table": "filter", "type": "inet_service",
              "handle": 12, "flags": ["interval"], "elem": [{"range": [7000, 7010]}, 51820]}},
            {"chain": {"family": "inet", "table": "filter", "name": "sub", "handle": 9}}
            """;
    private static final String INPUT =
            """
            ,{"chain": {"family": "inet", "table": "filter", "name": "input", "handle": 1,
              "type": "filter", "hook": "input", "prio": 0, "policy": "POLICY"}}
            """;
    private static final String ACCEPT = "{\"accept\": null}";
    private static final String DROP = "{\"drop\": null}";

    private static String rule(String chain, String... expressions) {
        return ",{\"rule\": {\"family\": \"inet\", \"table\": \"filter\", \"chain\": \"%s\", \"handle\": 5, \"expr\": [%s]}}"
                .formatted(chain, String.join(",", expressions));
    }

    private static String match(String left, String op, String right) {
        return "{\"match\": {\"op\": \"%s\", \"left\": %s, \"right\": %s}}"
                .formatted(op, left, right);
    }

    private static String port(String right) {
        return match("{\"payload\": {\"protocol\": \"udp\", \"field\": \"dport\"}}", "==", right);
    }

    private static String meta(String key, String right) {
        return match("{\"meta\": {\"key\": \"" + key + "\"}}", "==", right);
    }

    private static Outcome.Kind dropping(String... rules) throws IOException {
        return outcome("drop", rules).kind();
    }

    private static Outcome.Kind accepting(String... rules) throws IOException {
        return outcome("accept", rules).kind();
    }

    private static Outcome outcome(String policy, String... rules) throws IOException {
        String json = BEGIN + INPUT.replace("POLICY", policy) + String.join("", rules) + "]}";
        return Ruleset.parse(json)
                .outcome("input", Packet.datagram(false, 51820, Set.of("lo", "wg0")));
    }

    @Test
    void withoutChainsEverythingIsAccepted() throws IOException {
        Outcome outcome =
                Ruleset.parse(BEGIN + "]}").outcome("input", Packet.datagram(true, 1, Set.of()));
        assertEquals(Outcome.Kind.ACCEPTED, outcome.kind());
    }

    @Test
    void thePolicyDecidesWhereNoRuleDoes() throws IOException {
        assertEquals(Outcome.Kind.ACCEPTED, accepting());
        Outcome outcome = outcome("drop");
        assertEquals(Outcome.Kind.DROPPED, outcome.kind());
        assertEquals("inet filter input", outcome.chain());
        assertEquals("policy drop", outcome.how());
    }

    @Test
    void theRulesetOfTheGuideAcceptsThePort() throws IOException {
        String established =
                rule(
                        "input",
                        match(
                                "{\"ct\": {\"key\": \"state\"}}",
                                "in",
                                "[\"established\", \"related\"]"),
                        ACCEPT);
        String loopback = rule("input", meta("iifname", "\"lo\""), ACCEPT);
        String ping =
                rule(
                        "input",
                        meta("iifname", "\"wg*\""),
                        match(
                                "{\"payload\": {\"protocol\": \"icmp\", \"field\": \"type\"}}",
                                "==",
                                "\"echo-request\""),
                        ACCEPT);
        String rest = rule("input", "{\"log\": {\"prefix\": \"nft-drop: \"}}", DROP);
        String allowed = rule("input", port("51820"), ACCEPT);
        assertEquals(Outcome.Kind.ACCEPTED, dropping(established, loopback, allowed, ping, rest));
        assertEquals(Outcome.Kind.DROPPED, dropping(established, loopback, ping, rest));
        assertEquals(Outcome.Kind.DROPPED, accepting(established, loopback, ping, rest));
    }

    @Test
    void portsAreComparedSinglyAsRangesAndInSets() throws IOException {
        for (String right :
                new String[] {
                    "51820",
                    "{\"range\": [51820, 51823]}",
                    "{\"set\": [22, 51820]}",
                    "{\"set\": [{\"range\": [51000, 52000]}, 9]}",
                    "{\"set\": [{\"elem\": {\"val\": 51820, \"counter\": null}}]}",
                    "\"@ports\""
                }) {
            assertEquals(
                    Outcome.Kind.ACCEPTED, dropping(rule("input", port(right), ACCEPT)), right);
            assertEquals(Outcome.Kind.DROPPED, accepting(rule("input", port(right), DROP)), right);
        }
        for (String right :
                new String[] {
                    "51821", "{\"range\": [51821, 51823]}", "{\"set\": [22, 80]}",
                }) {
            assertEquals(Outcome.Kind.DROPPED, dropping(rule("input", port(right), ACCEPT)), right);
            assertEquals(Outcome.Kind.ACCEPTED, accepting(rule("input", port(right), DROP)), right);
        }
    }

    @Test
    void comparisonsAndNegationsAreUnderstood() throws IOException {
        String dport = "{\"payload\": {\"protocol\": \"th\", \"field\": \"dport\"}}";
        assertEquals(
                Outcome.Kind.ACCEPTED,
                dropping(rule("input", match(dport, ">=", "51820"), ACCEPT)));
        assertEquals(
                Outcome.Kind.DROPPED, dropping(rule("input", match(dport, ">", "51820"), ACCEPT)));
        assertEquals(
                Outcome.Kind.DROPPED, accepting(rule("input", match(dport, "!=", "22"), DROP)));
        // A comparison of TCP ports never matches a datagram.
        String tcp = "{\"payload\": {\"protocol\": \"tcp\", \"field\": \"dport\"}}";
        assertEquals(Outcome.Kind.ACCEPTED, accepting(rule("input", match(tcp, "!=", "22"), DROP)));
    }

    @Test
    void aRuleWithAnUnknownMatchIsACondition() throws IOException {
        String from =
                match(
                        "{\"payload\": {\"protocol\": \"ip\", \"field\": \"saddr\"}}",
                        "==",
                        "\"192.0.2.1\"");
        assertEquals(Outcome.Kind.SOMETIMES, dropping(rule("input", from, port("51820"), ACCEPT)));
        assertEquals(Outcome.Kind.ACCEPTED, accepting(rule("input", from, DROP)));
        assertEquals(
                Outcome.Kind.SOMETIMES,
                dropping(rule("input", meta("iifname", "\"eth0\""), ACCEPT)));
        assertEquals(
                Outcome.Kind.SOMETIMES,
                dropping(rule("input", port("51820"), "{\"limit\": {\"rate\": 5}}", ACCEPT)));
    }

    @Test
    void rulesOfOtherInterfacesAndFamiliesDoNotCount() throws IOException {
        assertEquals(
                Outcome.Kind.DROPPED,
                dropping(
                        rule("input", meta("iifname", "\"wg*\""), ACCEPT),
                        rule("input", meta("nfproto", "\"ipv6\""), ACCEPT),
                        rule("input", meta("l4proto", "\"tcp\""), ACCEPT)));
        assertEquals(
                Outcome.Kind.ACCEPTED,
                dropping(rule("input", meta("l4proto", "{\"set\": [\"tcp\", \"udp\"]}"), ACCEPT)));
    }

    @Test
    void jumpsAreFollowedAndReturn() throws IOException {
        String jump = rule("input", "{\"jump\": {\"target\": \"sub\"}}");
        String go = rule("input", "{\"goto\": {\"target\": \"sub\"}}");
        String last = rule("input", ACCEPT);
        assertEquals(Outcome.Kind.ACCEPTED, dropping(jump, rule("sub", port("51820"), ACCEPT)));
        assertEquals(Outcome.Kind.DROPPED, accepting(jump, rule("sub", DROP), last));
        assertEquals(
                Outcome.Kind.ACCEPTED,
                dropping(jump, rule("sub", "{\"return\": null}"), rule("sub", DROP), last));
        assertEquals(Outcome.Kind.DROPPED, dropping(go, last));
        String self = rule("sub", "{\"jump\": {\"target\": \"sub\"}}");
        assertEquals(Outcome.Kind.ACCEPTED, dropping(jump, self, last)); // an endless loop ends
    }

    @Test
    void verdictMapsAreUnderstood() throws IOException {
        String states =
                """
                {"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": [["invalid", {"drop": null}],
                ["established", {"accept": null}]]}}}
                """;
        String ports =
                """
                {"vmap": {"key": {"payload": {"protocol": "udp", "field": "dport"}},
                "data": {"set": [[53, {"drop": null}], [51820, {"accept": null}]]}}}
                """;
        assertEquals(Outcome.Kind.DROPPED, dropping(rule("input", states)));
        assertEquals(Outcome.Kind.ACCEPTED, accepting(rule("input", states)));
        assertEquals(Outcome.Kind.ACCEPTED, dropping(rule("input", ports)));
    }

    @Test
    void rulesOfIptablesAreReadAsFarAsNftListsThem() throws IOException {
        String comment = "{\"xt\": {\"type\": \"match\", \"name\": \"comment\"}}";
        String multiport = "{\"xt\": {\"type\": \"match\", \"name\": \"multiport\"}}";
        assertEquals(
                Outcome.Kind.ACCEPTED, dropping(rule("input", port("51820"), comment, ACCEPT)));
        assertEquals(
                Outcome.Kind.SOMETIMES,
                dropping(rule("input", meta("l4proto", "\"udp\""), multiport, ACCEPT)));
    }

    @Test
    void everyChainOfTheHookMustAccept() throws IOException {
        String second =
                """
                ,{"chain": {"family": "ip", "table": "other", "name": "in", "handle": 1,
                  "type": "filter", "hook": "input", "prio": -5, "policy": "drop"}}
                """;
        Outcome outcome = outcome("accept", rule("input", ACCEPT), second);
        assertEquals(Outcome.Kind.DROPPED, outcome.kind());
        assertEquals("ip other in", outcome.chain());
    }

    @Test
    void forwardingDependsOnBothInterfaces() throws IOException {
        String forward =
                BEGIN
                        + INPUT.replace("\"input\"", "\"forward\"").replace("POLICY", "drop")
                        + rule(
                                "forward",
                                meta("iifname", "\"wg0\""),
                                meta("oifname", "\"eth0\""),
                                ACCEPT)
                        + "]}";
        Ruleset ruleset = Ruleset.parse(forward);
        Packet among = Packet.forwarded(false, "wg0", "wg0", Set.of());
        Packet outwards = Packet.forwarded(false, "wg0", null, Set.of("lo", "wg0"));
        assertEquals(Outcome.Kind.DROPPED, ruleset.outcome("forward", among).kind());
        assertEquals(Outcome.Kind.SOMETIMES, ruleset.outcome("forward", outwards).kind());
    }

    @Test
    void otherTextIsRefused() {
        for (String text : new String[] {"", "nft: not found", "[]", "{}", "{\"nftables\": 1}"}) {
            assertThrows(IOException.class, () -> Ruleset.parse(text), text);
        }
    }
}
