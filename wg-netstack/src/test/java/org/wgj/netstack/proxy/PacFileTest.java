// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Tests the script for browsers; what it decides, with Node.js where that is installed. */
@Timeout(60)
class PacFileTest {
    private static final String PROXY = "PROXY 127.0.0.1:8080";

    private static final PacFile PART =
            new PacFile(
                    false,
                    List.of("corp.test"),
                    List.of("10.0.0.0 255.0.0.0"),
                    List.of(
                            "fd000000000000000000000000000000 10",
                            "20010db8000000010000000000000000 64",
                            "20010db80000000200000000000000ff 128"));

    /** What browsers give a script, as far as it is used. */
    private static final String BROWSER =
            """
            function dnsDomainIs(host, domain) {
              return host.length >= domain.length
                  && host.substring(host.length - domain.length) == domain;
            }
            function number(text) {
              var p = text.split(".");
              return ((p[0] << 24) | (p[1] << 16) | (p[2] << 8) | p[3]) >>> 0;
            }
            function isInNet(host, network, mask) {
              return (number(host) & number(mask)) == (number(network) & number(mask));
            }
            """;

    private static List<String> decide(PacFile file, List<String> hosts) throws Exception {
        Path node =
                Stream.of("/usr/bin/node", "/usr/local/bin/node")
                        .map(Path::of)
                        .filter(Files::isExecutable)
                        .findFirst()
                        .orElse(null);
        assumeTrue(node != null, "Node.js is not installed");
        String calls =
                hosts.stream()
                        .map(host -> "console.log(FindProxyForURL(\"\", \"" + host + "\"));\n")
                        .collect(Collectors.joining());
        Process process =
                new ProcessBuilder(node.toString(), "-").redirectErrorStream(true).start();
        try (var in = process.getOutputStream()) {
            in.write((BROWSER + file.text(PROXY) + calls).getBytes(StandardCharsets.UTF_8));
        }
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(20, TimeUnit.SECONDS));
        return out.lines().toList();
    }

    private static void assertDecides(String decision, PacFile file, String... hosts)
            throws Exception {
        List<String> decisions = decide(file, List.of(hosts));
        for (int i = 0; i < hosts.length; i++) {
            assertEquals(decision, decisions.get(i), hosts[i]);
        }
        assertEquals(hosts.length, decisions.size(), decisions.toString());
    }

    @Test
    void hostsOfTheTunnelGoThroughTheProxy() throws Exception {
        assertDecides(
                PROXY,
                PART,
                "corp.test",
                "www.corp.test",
                "10.1.2.3",
                "fd00::1",
                "[fd00::1]",
                "[FD3f:ffff::]",
                "fd12:3456:789a:bcde:f012:3456:789a:bcde",
                "fd00::10.0.0.1",
                "2001:db8:0:1::",
                "2001:db8:0:1:ffff:ffff:ffff:ffff",
                "2001:db8::1:0:0:0:1",
                "[2001:db8:0:2::ff]");
    }

    @Test
    void allOthersAreReachedDirectly() throws Exception {
        assertDecides(
                "DIRECT",
                PART,
                "localhost",
                "127.0.0.1",
                "::1",
                "[::1]",
                "corp.test.example",
                "notcorp.test",
                "11.0.0.1",
                "fd40::1",
                "fc00::1",
                "::",
                "2001:db8:0:2::fe",
                "2001:db8:0:0:1::",
                "2001:db8::2",
                // no addresses
                "fd00:::1",
                "fd00::1::2",
                "fd00:1:2:3:4:5:6",
                "fd00:1:2:3:4:5:6:7:8",
                "fd00:12345::",
                "fd00::g",
                "fd00:");
    }

    @Test
    void aTunnelForEverythingLeavesOnlyThisMachineOut() throws Exception {
        PacFile all = new PacFile(true, List.of(), List.of(), List.of("00 0"));
        assertDecides(PROXY, all, "example.com", "192.0.2.1", "2001:db8::1");
        assertDecides("DIRECT", all, "localhost", "127.0.0.1", "[::1]");
    }

    /** The shape of it, where no JavaScript runs. */
    @Test
    void theScriptHasNoMoreThanItNeeds() {
        String four =
                new PacFile(false, List.of(), List.of("10.0.0.0 255.0.0.0"), List.of()).text(PROXY);
        assertFalse(four.contains("6("), four);
        String both = PART.text(PROXY);
        assertTrue(
                both.contains(
                        "if (isInNet6(digits, \"fd000000000000000000000000000000\", 10)) return \""
                                + PROXY
                                + "\";\n"),
                both);
        assertFalse(both.contains("isInNetEx"), both);
        assertFalse(both.contains("dnsResolve"), "no name may reach the system's resolver");
    }

    @Test
    void textThatWouldLeaveItsQuotationMarksIsRefused() {
        for (String text : List.of("a\"", "a\\", "a\n", "")) {
            List<String> one = List.of(text);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new PacFile(false, one, List.of(), List.of()));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new PacFile(false, List.of(), one, List.of()));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new PacFile(false, List.of(), List.of(), one));
        }
    }
}
