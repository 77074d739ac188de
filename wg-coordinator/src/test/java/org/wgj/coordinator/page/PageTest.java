// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.coordinator.registry.AuditEntry;
import org.wgj.coordinator.registry.NodeInfo;
import org.wgj.coordinator.registry.TokenInfo;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.RelayLoad;
import org.wgj.mesh.status.Totals;
import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class PageTest {
    private static final PublicKey KEY = PrivateKey.generate().publicKey();

    /** Markup, the ends of all kinds of markup, and a text that reads backwards. */
    private static final String HOSTILE =
            "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`</td></table></title>"
                    + "<!--]]>&lt;\u202egnp\u0000\r\njavascript:alert(3)";

    private static String html(PageState state) {
        return Page.html(state, PageQuery.ALL);
    }

    private static String html(PageState state, String find) {
        return Page.html(state, PageQuery.of(Map.of("find", find)));
    }

    /** Returns the part between the headings of two sections. */
    private static String section(String html, String id) {
        int begin = html.indexOf("<section id=\"" + id + "\"");
        assertTrue(begin >= 0, id);
        return html.substring(begin, html.indexOf("</section>", begin));
    }

    private static int count(String html, String what) {
        return html.split(Pattern.quote(what), -1).length - 1;
    }

    /** Checks that all elements are ended in order and that nothing else is markup. */
    private static void assertWellFormed(String html) {
        List<String> open = new ArrayList<>();
        Matcher tags =
                Pattern.compile("<(/?)([a-z0-9]+)((?: [a-zA-Z-]+=\"[^\"<>]*\")*)>").matcher(html);
        String rest = html.replaceFirst("<!DOCTYPE html>", "");
        assertFalse(tags.replaceAll("").replaceFirst("<!DOCTYPE html>", "").contains("<"), rest);
        tags.reset();
        while (tags.find()) {
            if (Set.of("meta", "link", "input").contains(tags.group(2))) {
                continue;
            }
            if (tags.group(1).isEmpty()) {
                open.add(tags.group(2));
            } else {
                assertEquals(open.removeLast(), tags.group(2));
            }
        }
        assertEquals(List.of(), open);
    }

    private static NodeInfo pending(String name) {
        NodeInfo.InPlane in =
                new NodeInfo.InPlane(
                        KEY,
                        null,
                        null,
                        null,
                        false,
                        51_820,
                        List.of(InetAddress.ofLiteral("10.77.0.9")),
                        List.of(),
                        States.NOW);
        return new NodeInfo(
                9,
                name,
                NodeInfo.State.PENDING,
                false,
                false,
                false,
                false,
                HOSTILE,
                1L,
                States.NOW,
                null,
                States.NOW,
                Bytes.NONE,
                new TreeMap<>(Map.of("wg0", in)),
                List.of(new NodeInfo.Route(IpPrefix.parse("192.168.7.0/24"), false, false)));
    }

    private static TokenInfo token(long id, String nameOrNull, int left, Duration life) {
        return new TokenInfo(
                id,
                KEY,
                nameOrNull,
                nameOrNull == null ? Set.of() : Set.of(nameOrNull),
                2,
                left,
                States.NOW,
                States.NOW.plus(life),
                true,
                true,
                true,
                null);
    }

    private static PageState.Records records(String text) {
        return new PageState.Records(
                List.of(pending(text)),
                List.of(token(1, text, 1, Duration.ofHours(1))),
                List.of(
                        new AuditEntry(
                                1, States.NOW, text, text, text, text, text, "0".repeat(64))));
    }

    private static Candidate candidate(Candidate.Kind kind, String address, int port) {
        return new Candidate(kind, new InetSocketAddress(InetAddress.ofLiteral(address), port));
    }

    @Test
    void theNodeTableGuessesWhatTranslatesAddresses() {
        Candidate local = candidate(Candidate.Kind.LOCAL, "192.168.1.5", 51_820);
        Candidate same = candidate(Candidate.Kind.OBSERVED, "198.51.100.7", 51_820);
        Candidate other = candidate(Candidate.Kind.OBSERVED, "198.51.100.7", 40_001);
        Candidate open = candidate(Candidate.Kind.LOCAL, "198.51.100.7", 51_820);
        assertEquals("-", NodeTable.nat(List.of(local)));
        assertEquals("none", NodeTable.nat(List.of(open, same)));
        assertEquals("same port", NodeTable.nat(List.of(local, same)));
        assertEquals("other port", NodeTable.nat(List.of(local, other)));
        assertEquals("a port for each destination", NodeTable.nat(List.of(local, same, other)));
    }

    @Test
    void theNodeTableSaysHowOldKeysAre() {
        States states = new States(1);
        states.node("web-1", true, "1.0");
        String nodes = section(html(states.state()), "nodes");
        assertTrue(nodes.contains(">Key from</th>"), nodes);
        assertTrue(nodes.contains("<td>2h ago</td>"), nodes);
    }

    @Test
    void hostileTextsStayText() {
        States states = new States(2).mesh(HOSTILE);
        long a = states.node(HOSTILE, true, HOSTILE);
        long b = states.node(HOSTILE + "b", false, HOSTILE);
        states.allDirect()
                .link("wg0", a, b, LinkKind.BROKEN, HOSTILE)
                .link("wg1", b, a, LinkKind.RELAY, HOSTILE);

        for (PageQuery query :
                List.of(
                        PageQuery.ALL,
                        PageQuery.of(Map.of("find", HOSTILE, "plane", HOSTILE)),
                        PageQuery.of(Map.of("find", "<script>", "plane", "wg1")))) {
            String html = Page.html(states.state(Set.of(a), records(HOSTILE)), query);

            assertWellFormed(html);
            assertEquals(1, count(html, "<script"), "only the page's own");
            assertEquals(0, count(html, "<img"));
            assertFalse(html.contains("\u202e"), "no text turns the direction of others");
            assertFalse(html.contains("\u0000"));
            assertTrue(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "it is shown");
            assertFalse(Pattern.compile("(href|src|action)=\"(?![/#])").matcher(html).find());
        }
    }

    @Test
    void doctorNamesWhatIsWrongAndTheRelaySaysWhatItDoes() {
        States states = new States(1);
        long a = states.node("web-1", true, "1.0");
        long b = states.node("web-2", true, "1.0");
        states.node("db", false, "");
        states.allDirect().link("wg0", a, b, LinkKind.RELAY, "sym_sym");
        String without = html(states.state());

        String doctor = section(without, "doctor");
        assertTrue(doctor.contains("FAIL</td><td>D15 nodes</td><th scope=\"row\">db<"), doctor);
        assertTrue(doctor.contains("wgj mesh rm db"), doctor);
        assertTrue(doctor.contains(" checks passed."), doctor);
        assertFalse(doctor.contains("D20"), "a member sees nothing of tokens and approvals");
        assertTrue(section(without, "relay").contains("1 report of links that use a relay."));
        assertFalse(section(without, "relay").contains("This coordinator"), "all planes' load");
        String idle = section(html(states.state(Set.of(), records("printer"))), "relay");
        assertTrue(idle.contains("This coordinator does not relay."), idle);

        states.relay(new RelayLoad(6, 4, 3, 12_345, 6_789, new TreeMap<>(Map.of("rate", 17L))));
        assertFalse(section(html(states.state()), "relay").contains("12345"), "a member's");
        String html = html(states.state(Set.of(), records("printer")));
        assertWellFormed(html);
        String relay = section(html, "relay");
        for (String shown : List.of("4 of 6", "12345", "6789", "rate: 17")) {
            assertTrue(relay.contains(">" + shown + "<"), relay);
        }
        assertTrue(section(html, "doctor").contains("D20 left open"), html);
    }

    @Test
    void doctorHasAnEndInALargeMesh() {
        States states = new States(1);
        for (int i = 0; i < DoctorTable.MAX_ROWS + 20; i++) {
            states.node("n" + i, false, "");
        }
        String doctor = section(html(states.state()), "doctor");
        assertEquals(DoctorTable.MAX_ROWS, count(doctor, "<td class="), doctor);
        assertTrue(doctor.contains("wgj mesh doctor shows all"), doctor);
    }

    @Test
    void matrixHasTheLettersOfTheCommandAndReasonsThatAKeyboardReaches() {
        States states = new States(1);
        long a = states.node("web-1", true, "1.0");
        long b = states.node("web-2", true, "1.0");
        long c = states.node("db", false, "");
        states.allDirect()
                .link("wg0", a, b, LinkKind.RELAY, "sym_sym")
                .link("wg0", b, a, LinkKind.LAN, "")
                .link("wg0", a, c, LinkKind.BROKEN, "udp_blocked")
                .link("wg0", b, c, LinkKind.NONE, "");
        String html = html(states.state());

        String why = "web-1 to web-2: relay, sym_sym: both routers choose another port";
        assertTrue(html.contains("<a href=\"#why-0-2-3\" title=\"" + why), html);
        assertTrue(html.contains("<tr id=\"why-0-2-3\""), html);
        assertTrue(html.contains("R relay</td><td>sym_sym: both routers"), html);
        assertTrue(html.contains("! broken</td><td>udp_blocked: nothing comes back"), html);
        assertTrue(html.contains(">-</a>"), "a missing link of a small mesh has a reason");
        assertTrue(html.contains("<td class=\"lan\" title=\"web-2 to web-1: local network"), html);
        assertTrue(section(html, "faults").contains("db is offline: the coordinator heard of it"));
        assertTrue(html.contains("1 of 3 links up, 0 direct, 1 relay, 1 broken"), html);
        int broken = html.indexOf("! broken");
        assertTrue(broken < html.indexOf("R relay</td>"), "the worst first");
        assertWellFormed(html);
    }

    @Test
    void whatNodesHaveNotSaidIsAQuestionMark() {
        States states = new States(1).nodes(2);

        assertEquals(2, count(html(states.state()), "<td class=\"unknown\""));
    }

    @Test
    void totalsAreThoseOfTheCommandAndCountMembersOfAPlaneOnly() {
        States same = new States(2).nodes(9).allDirect();
        same.link("wg0", 2, 3, LinkKind.RELAY, "timeout").link("wg1", 4, 5, LinkKind.NONE, "");
        assertEquals(Totals.of(same.status()), same.state().totals());

        States states = new States(2);
        states.node("a", true, "");
        states.node("b", true, "");
        states.node("c", true, "", List.of("wg0"));
        PageState state = states.state();
        assertEquals(3, state.planes().get(0).totals().links());
        assertEquals(1, state.planes().get(1).totals().links());
        assertEquals(4, state.totals().links());
        assertEquals(3, state.totals().nodes());
    }

    @Test
    void largeMeshShowsTroubleAndSaysHowMuchIsLeftOut() {
        States states = new States(1).nodes(400);
        for (long to = 3; to <= 401; to++) {
            states.addLink("wg0", 2, to, LinkKind.RELAY, "timeout");
        }
        states.addLink("wg0", 5, 6, LinkKind.BROKEN, "")
                .addLink("wg0", 7, 8, LinkKind.NONE, "idle");
        PageState state = states.state();
        String html = html(state);

        assertEquals(0, count(html, "class=\"matrix\""));
        assertEquals(0, count(html, "<svg"));
        assertEquals(TroubleTable.MAX_ROWS, count(html, "<tr id=\"why-"));
        assertTrue(html.contains("<tr id=\"why-0-5-6\""), "the broken one is among them");
        assertFalse(html.contains("why-0-7-8"), "a link without data is no trouble there");
        assertTrue(html.contains("<p class=\"left-out\">100 more are left out"), html);
        assertTrue(html.length() < 600_000, "bytes: " + html.length());

        String some = html(state, "node-40"); // node-40, and 400 and 401
        assertEquals(1, count(some, "class=\"matrix\""));
        assertEquals(3, count(section(some, "links"), "<th scope=\"row\""));
        assertEquals(1, count(some, "<svg"));
        assertTrue(some.contains("value=\"node-40\""));
    }

    @Test
    void manyNodesHaveABoundedTable() {
        String html = html(new States(1).nodes(NodeTable.MAX_ROWS + 7).state());

        assertEquals(NodeTable.MAX_ROWS, count(section(html, "nodes"), "<tr id=\"node-"));
        assertTrue(section(html, "nodes").contains("7 more are left out"));
    }

    @Test
    void filterLeavesRowsOfTheNodesThatFit() {
        States states = new States(1);
        states.node("web-1", true, "1.0");
        states.node("web-2", true, "1.0");
        states.node("db", true, "0.9");
        PageState state = states.allDirect().state();

        assertEquals(2, count(section(html(state, "WEB"), "nodes"), "<tr id=\"node-"));
        assertEquals(1, count(section(html(state, "10.77.0.4"), "nodes"), "<tr id=\"node-"));
        assertEquals(1, count(section(html(state, "0.9"), "nodes"), "<tr id=\"node-"));
        assertEquals(3, count(section(html(state, " "), "nodes"), "<tr id=\"node-"));
        assertTrue(section(html(state, "nothing"), "nodes").contains("None with this filter."));
        String row = section(html(state, "db"), "links");
        assertEquals(1, count(row, "<th scope=\"row\""));
        assertEquals(3, count(row, "<th scope=\"col\""), "its whole line");
    }

    @Test
    void planesAreTabsAndLargeOnesComeOneAtATime() {
        String small = html(new States(3).nodes(3).state());
        assertEquals(3, count(small, "class=\"matrix\""));
        assertTrue(small.contains("<a href=\"/?plane=wg1#links\">wg1</a>"), small);
        assertTrue(small.contains("<a href=\"/?plane=#links\" aria-current=\"true\">all</a>"));
        PageState state = new States(4).nodes(50).state();
        String first = html(state);
        assertEquals(1, count(first, "class=\"matrix\""));
        assertTrue(first.contains("aria-current=\"true\">wg0</a>"), "the first");
        String third = Page.html(state, PageQuery.of(Map.of("plane", "wg2", "find", "node-2")));
        assertTrue(third.contains("aria-current=\"true\">wg2</a>"), "the one that was asked for");
        assertTrue(third.contains("/?plane=wg1&amp;find=node-2#links"), "the filter stays");
    }

    @Test
    void recordsAreThereOnlyForThisMachine() {
        PageState.Records records =
                new PageState.Records(
                        List.of(pending("web-9")),
                        List.of(
                                token(1, null, 0, Duration.ofHours(1)),
                                token(2, "web-3", 2, Duration.ofHours(1)),
                                token(3, null, 2, Duration.ofHours(-1))),
                        records("join").audit());
        States states = new States(1).nodes(2);
        String html = html(states.state(Set.of(), records));

        assertTrue(html.contains("wgj mesh approve 9</code>"), html);
        assertTrue(html.contains("wgj mesh approve 9 --route 192.168.7.0/24</code>"), html);
        String tokens = section(html, "tokens");
        assertTrue(tokens.matches("(?s).*web-3.*live.*any name.*used.*expired.*"), tokens);
        assertTrue(section(html, "audit").contains("2026-11-28 12:00:00"));
        String member = html(states.state());
        for (String id : List.of("approvals", "tokens", "audit")) {
            assertFalse(member.contains("\"" + id + "\"") || member.contains("#" + id), id);
        }
    }

    @Test
    void machineThatIsCopiedIsNamed() {
        States states = new States(1).nodes(2);

        assertTrue(
                section(html(states.state(Set.of(3L), null)), "faults")
                        .contains("node-3: two machines seem to use its key"));
    }

    @Test
    void pairsOfAThousandNodesHashToDifferentValues() {
        Set<Integer> values = new HashSet<>();
        for (long from = 1; from <= 1_000; from++) {
            for (long to = 1; to <= 1_000; to++) {
                values.add(new PlaneLinks.Way(from, to).hashCode());
            }
        }

        assertTrue(values.size() > 990_000, "values: " + values.size());
    }
}
