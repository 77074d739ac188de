// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of an nftables ruleset, of which only the usual form is understood: an input chain that
 * drops by policy, and rules that accept UDP ports. On a running machine, nft itself is asked.
 */
final class RulesetText {
    /** The fate of datagrams that come to a port. */
    enum Input {
        OPEN,
        CLOSED,
        UNKNOWN
    }

    private static final Pattern COMMENT = Pattern.compile("#[^\n]*");
    private static final Pattern INPUT_CHAIN =
            Pattern.compile(
                    "chain\\s+\\S+\\s*\\{([^{}]*hook\\s+input\\b(?:[^{}]|\\{[^{}]*\\})*)\\}");
    private static final Pattern DROPS = Pattern.compile("policy\\s+drop");
    private static final Pattern DPORT =
            Pattern.compile(
                    "^(.*)\\b(?:udp|th)\\s+dport\\s+(?:\\{([^{}]*)\\}|(\\S+))(.*)$",
                    Pattern.MULTILINE);
    private static final Pattern RANGE = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");
    private static final Pattern ODD =
            Pattern.compile(
                    "^.*(\\bjump\\b|\\bgoto\\b|\\bvmap\\b|@|\\$|\\binclude\\b).*$",
                    Pattern.MULTILINE);

    private final String text;

    RulesetText(String text) {
        this.text = COMMENT.matcher(text).replaceAll("");
    }

    Input input(int port) {
        Matcher chain = INPUT_CHAIN.matcher(text);
        Input worst = Input.OPEN;
        while (chain.find()) {
            Input here = input(chain.group(1), port);
            if (here == Input.CLOSED) {
                return here;
            }
            if (here == Input.UNKNOWN) {
                worst = here;
            }
        }
        return worst;
    }

    private static Input input(String chain, int port) {
        boolean accepted = false;
        Matcher rule = DPORT.matcher(chain);
        while (rule.find()) {
            String ports = rule.group(2) != null ? rule.group(2) : rule.group(3);
            if (!contains(ports, port)) {
                continue;
            }
            String verdict = rule.group(4);
            if (verdict.matches(".*\\b(drop|reject)\\b.*") && rule.group(1).isBlank()) {
                return Input.CLOSED;
            }
            accepted |= verdict.matches(".*\\baccept\\b.*");
            if (accepted) {
                return Input.OPEN;
            }
        }
        if (!DROPS.matcher(chain).find()) {
            return Input.OPEN;
        }
        return ODD.matcher(chain).find() || otherAccepts(chain) ? Input.UNKNOWN : Input.CLOSED;
    }

    /**
     * Returns whether a rule accepts all UDP, or everything of an interface that is not named a
     * tunnel.
     */
    private static boolean otherAccepts(String chain) {
        return chain.lines()
                .map(String::strip)
                .filter(line -> line.endsWith("accept"))
                .anyMatch(
                        line ->
                                line.equals("accept")
                                        || line.matches(
                                                ".*\\b(meta l4proto|ip protocol) udp accept")
                                        || line.matches(
                                                "(iif|iifname) (?!\"?(lo\\b|wg))\\S+ accept"));
    }

    private static boolean contains(String ports, int port) {
        Matcher range = RANGE.matcher(ports);
        while (range.find()) {
            int low = Integer.parseInt(range.group(1));
            int high = range.group(2) == null ? low : Integer.parseInt(range.group(2));
            if (low <= port && port <= high) {
                return true;
            }
        }
        return false;
    }
}
