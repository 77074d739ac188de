// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.nft;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import java.util.Map;

/** Walks a packet through a base chain and the chains that it jumps to. Used once. */
final class Walk {
    /** The kernel allows no more (NFT_JUMP_STACK_SIZE of net/netfilter/nf_tables.h). */
    private static final int MAX_DEPTH = 16;

    private enum End {
        ACCEPT,
        DROP,
        /** No verdict: continues after the jump, or with the policy. */
        RETURN
    }

    private final Ruleset ruleset;
    private final Ruleset.Chain base;
    private final Matcher matcher;

    /** True if a rule with an unknown match would have accepted the packet. */
    private boolean maybeAccepted;

    private String droppedBy;

    Walk(Ruleset ruleset, Ruleset.Chain base, Packet packet) {
        this.ruleset = ruleset;
        this.base = base;
        matcher = new Matcher(packet, ruleset.sets(base));
    }

    Outcome outcome() {
        End end = walk(base, Tristate.TRUE, 0);
        if (end == End.ACCEPT || end == End.RETURN && !base.dropsByPolicy()) {
            return new Outcome(Outcome.Kind.ACCEPTED, base.toString(), "accept");
        }
        return new Outcome(
                maybeAccepted ? Outcome.Kind.SOMETIMES : Outcome.Kind.DROPPED,
                base.toString(),
                end == End.DROP ? droppedBy : "policy drop");
    }

    /**
     * @param reached whether the packet reaches this chain
     */
    private End walk(Ruleset.Chain chain, Tristate reached, int depth) {
        for (JsonArray rule : chain.rules()) {
            End end = apply(chain, rule, reached, depth);
            if (end != null) {
                return end;
            }
        }
        return End.RETURN;
    }

    /** Returns how the rule ends the chain; null if the chain continues. */
    private End apply(Ruleset.Chain chain, JsonArray rule, Tristate reached, int depth) {
        Tristate matches = reached;
        for (JsonElement element : rule) {
            Map.Entry<String, JsonElement> statement =
                    element.getAsJsonObject().entrySet().iterator().next();
            switch (statement.getKey()) {
                case "match" ->
                        matches =
                                matches.and(matcher.match(statement.getValue().getAsJsonObject()));
                case "xt" -> matches = matches.and(extension(statement.getValue()));
                case "limit", "quota", "meter", "ct count", "connlimit" ->
                        matches = matches.and(Tristate.UNKNOWN);
                case "vmap" -> {
                    End end = verdictMap(chain, statement.getValue(), matches, depth);
                    if (end != null) {
                        return end;
                    }
                }
                default -> {
                    End end =
                            verdict(
                                    chain,
                                    statement.getKey(),
                                    statement.getValue(),
                                    matches,
                                    depth);
                    if (end != null) {
                        return end;
                    }
                }
            }
            if (matches == Tristate.FALSE) {
                return null;
            }
        }
        return null;
    }

    /** An iptables match that nft does not translate. A comment matches everything. */
    private static Tristate extension(JsonElement xt) {
        boolean comment =
                xt.isJsonObject()
                        && xt.getAsJsonObject().has("name")
                        && xt.getAsJsonObject().get("name").getAsString().equals("comment");
        return comment ? Tristate.TRUE : Tristate.UNKNOWN;
    }

    private End verdictMap(Ruleset.Chain chain, JsonElement vmap, Tristate matches, int depth) {
        JsonElement key = vmap.getAsJsonObject().get("key");
        JsonElement data = vmap.getAsJsonObject().get("data");
        if (!data.isJsonObject() || !data.getAsJsonObject().has("set")) {
            return null; // a named map: nft does not list its elements here
        }
        for (JsonElement element : data.getAsJsonObject().getAsJsonArray("set")) {
            JsonArray pair = element.getAsJsonArray();
            Tristate here = matches.and(matcher.equal(key, pair.get(0)));
            if (here == Tristate.FALSE) {
                continue;
            }
            Map.Entry<String, JsonElement> verdict =
                    pair.get(1).getAsJsonObject().entrySet().iterator().next();
            End end = verdict(chain, verdict.getKey(), verdict.getValue(), here, depth);
            if (end != null) {
                return end;
            }
        }
        return null;
    }

    private End verdict(
            Ruleset.Chain chain, String name, JsonElement value, Tristate matches, int depth) {
        boolean certain = matches == Tristate.TRUE;
        switch (name) {
            case "accept", "queue" -> {
                if (certain && name.equals("accept")) {
                    return End.ACCEPT;
                }
                maybeAccepted = true;
            }
            case "drop", "reject" -> {
                if (certain) {
                    droppedBy = "a rule of chain " + chain.name() + " says " + name;
                    return End.DROP;
                }
            }
            case "return" -> {
                if (certain) {
                    return End.RETURN;
                }
            }
            case "jump", "goto" -> {
                return jump(chain, name.equals("goto"), value, matches, depth);
            }
            default -> {
                // Counters, logs, marks: the packet continues.
            }
        }
        return null;
    }

    private End jump(
            Ruleset.Chain chain, boolean isGoto, JsonElement value, Tristate matches, int depth) {
        JsonObject jump = value.getAsJsonObject();
        Ruleset.Chain target = ruleset.sibling(chain, jump.get("target").getAsString());
        if (target == null || depth == MAX_DEPTH) {
            return null;
        }
        End end = walk(target, matches, depth + 1);
        if (matches != Tristate.TRUE) {
            return null; // maybeAccepted has noted an accept
        }
        return end == End.RETURN && !isGoto ? null : end;
    }
}
