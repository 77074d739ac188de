// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.nft;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rules of the firewall as {@code nft -j list ruleset} prints them (libnftables-json(5)), and
 * their effect on a packet. Immutable.
 */
public final class Ruleset {
    /**
     * @param hook null for a chain that is only a jump target
     */
    record Chain(
            String family,
            String table,
            String name,
            String hook,
            int priority,
            boolean dropsByPolicy,
            List<JsonArray> rules) {
        boolean sees(Packet packet) {
            return switch (family) {
                case "inet" -> true;
                case "ip" -> !packet.ipv6();
                case "ip6" -> packet.ipv6();
                default -> false; // bridge, netdev and arp see other packets or hooks
            };
        }

        /** As nft commands name the chain. */
        @Override
        public String toString() {
            return family + " " + table + " " + name;
        }
    }

    private final Map<String, Chain> chains = new LinkedHashMap<>();
    private final Map<String, Map<String, JsonArray>> setsOfTables = new HashMap<>();

    private Ruleset() {}

    /**
     * @throws IOException if the text is not a ruleset
     */
    public static Ruleset parse(String json) throws IOException {
        Ruleset ruleset = new Ruleset();
        try {
            JsonObject root = JsonParser.parseString(json).getAsJsonObject();
            for (JsonElement element : root.getAsJsonArray("nftables")) {
                ruleset.add(element.getAsJsonObject());
            }
        } catch (JsonParseException
                | IllegalStateException
                | NullPointerException
                | UnsupportedOperationException
                | ClassCastException e) {
            throw new IOException("cannot parse the output of nft", e);
        }
        return ruleset;
    }

    private void add(JsonObject object) {
        if (object.has("chain")) {
            addChain(object.getAsJsonObject("chain"));
        } else if (object.has("rule")) {
            JsonObject rule = object.getAsJsonObject("rule");
            Chain chain = chains.get(key(rule, text(rule, "chain")));
            if (chain != null) {
                chain.rules().add(rule.getAsJsonArray("expr"));
            }
        } else if (object.has("set")) {
            JsonObject set = object.getAsJsonObject("set");
            JsonArray elements = set.has("elem") ? set.getAsJsonArray("elem") : new JsonArray();
            setsOfTables
                    .computeIfAbsent(key(set, ""), table -> new HashMap<>())
                    .put(text(set, "name"), elements);
        }
    }

    private void addChain(JsonObject chain) {
        String name = text(chain, "name");
        JsonElement priority = chain.get("prio");
        chains.put(
                key(chain, name),
                new Chain(
                        text(chain, "family"),
                        text(chain, "table"),
                        name,
                        chain.has("hook") ? text(chain, "hook") : null,
                        priority == null ? 0 : priority.getAsInt(),
                        chain.has("policy") && text(chain, "policy").equals("drop"),
                        new ArrayList<>()));
    }

    private static String text(JsonObject object, String key) {
        return object.get(key).getAsString();
    }

    private static String key(JsonObject ofTable, String name) {
        return key(text(ofTable, "family"), text(ofTable, "table"), name);
    }

    private static String key(String family, String table, String name) {
        return family + " " + table + " " + name;
    }

    /**
     * Returns what the chains of one hook do to the packet. Every chain must accept it; the first
     * one that does not decides.
     *
     * @param hook {@code input}, {@code forward}, ...
     */
    public Outcome outcome(String hook, Packet packet) {
        List<Chain> bases =
                chains.values().stream()
                        .filter(chain -> hook.equals(chain.hook()) && chain.sees(packet))
                        .sorted(Comparator.comparingInt(Chain::priority))
                        .toList();
        Outcome sometimes = null;
        for (Chain base : bases) {
            Outcome outcome = new Walk(this, base, packet).outcome();
            if (outcome.kind() == Outcome.Kind.DROPPED) {
                return outcome;
            }
            if (outcome.kind() == Outcome.Kind.SOMETIMES && sometimes == null) {
                sometimes = outcome;
            }
        }
        return sometimes == null ? new Outcome(Outcome.Kind.ACCEPTED, "", "accept") : sometimes;
    }

    /** Returns whether a rule drops packets to an address that come in by another interface. */
    public boolean dropsFromElsewhere(String link, String address) {
        String match = "{match: {op: '%s', left: %s, right: '%s'}}";
        JsonElement elsewhere =
                JsonParser.parseString(match.formatted("!=", "{meta: {key: iifname}}", link));
        String protocol = address.indexOf(':') < 0 ? "ip" : "ip6";
        JsonElement toAddress =
                JsonParser.parseString(
                        match.formatted(
                                "==",
                                "{payload: {protocol: %s, field: daddr}}".formatted(protocol),
                                address));
        JsonElement drop = JsonParser.parseString("{drop: null}");
        return chains.values().stream()
                .filter(chain -> "prerouting".equals(chain.hook()))
                .flatMap(chain -> chain.rules().stream())
                .anyMatch(
                        rule ->
                                rule.contains(elsewhere)
                                        && rule.contains(toAddress)
                                        && rule.contains(drop));
    }

    /** The chain of that name in the same table, or null. */
    Chain sibling(Chain chain, String name) {
        return chains.get(key(chain.family(), chain.table(), name));
    }

    /** The elements of the named sets of the chain's table. */
    Map<String, JsonArray> sets(Chain chain) {
        return setsOfTables.getOrDefault(key(chain.family(), chain.table(), ""), Map.of());
    }
}
