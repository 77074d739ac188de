// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import com.google.gson.JsonObject;

import org.wgj.lab.Await;

import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Two nodes of a mesh, of which one has just joined, and what they tell of their path. */
final class NatPair {
    /** For a path that comes about on a slow machine. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Pattern MAP =
            Pattern.compile(
                    "^(\\S+ \\S+) INFO MeshNode - map \\d+ with (\\d+) nodes", Pattern.MULTILINE);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS");

    private final MeshLab.Node old;
    private final MeshLab.Node newcomer;
    private final String nameOfOld;
    private final String nameOfNewcomer;

    /** A line of a node's log that says how packets reach the other. */
    record Change(long timeMs, String path, String reason, String endpoint) {
        /** A host on the lab's Internet calls all that is there its local network. */
        boolean isOn(String kind) {
            return path.equals(kind) || kind.equals("direct") && path.equals("lan");
        }
    }

    NatPair(MeshLab.Node old, String nameOfOld, MeshLab.Node newcomer, String nameOfNewcomer) {
        this.old = old;
        this.nameOfOld = nameOfOld;
        this.newcomer = newcomer;
        this.nameOfNewcomer = nameOfNewcomer;
    }

    private static long timeMs(String text) {
        return LocalDateTime.parse(text, TIME)
                .atZone(ZoneId.systemDefault())
                .toInstant()
                .toEpochMilli();
    }

    /** When the newcomer first knew of the other, in ms since 1970. */
    long knownMs() {
        Matcher map = MAP.matcher(newcomer.log());
        while (map.find()) {
            if (Integer.parseInt(map.group(2)) > 1) {
                return timeMs(map.group(1));
            }
        }
        throw new AssertionError("no map with others: " + newcomer.log());
    }

    /** The newcomer's log of the path to the other. */
    List<Change> changes() {
        return changes(newcomer.log(), nameOfOld);
    }

    /** The other's log of the path to the newcomer. */
    List<Change> changesOfOld() {
        return changes(old.log(), nameOfNewcomer);
    }

    private static List<Change> changes(String log, String peer) {
        Pattern line =
                Pattern.compile(
                        "^(\\S+ \\S+) INFO PathLog - wg0: path to "
                                + Pattern.quote(peer)
                                + ": (\\w+)(?: \\((\\w+)\\))?(?: by /(\\S+))?$",
                        Pattern.MULTILINE);
        List<Change> all = new ArrayList<>();
        Matcher matcher = line.matcher(log);
        while (matcher.find()) {
            all.add(
                    new Change(
                            timeMs(matcher.group(1)),
                            matcher.group(2),
                            matcher.group(3),
                            matcher.group(4)));
        }
        return all;
    }

    /** Returns whether both ends have a path of this kind now. */
    boolean bothAre(String path) {
        return is(changes(), path) && is(changesOfOld(), path);
    }

    private static boolean is(List<Change> changes, String path) {
        return !changes.isEmpty() && changes.getLast().isOn(path);
    }

    void awaitBoth(String path) {
        Await.until("both ends are " + path, PATIENCE, () -> bothAre(path));
    }

    /** When the later of both ends had a path of this kind first, in ms since 1970. */
    long firstMs(String path) {
        return Math.max(first(changes(), path), first(changesOfOld(), path));
    }

    private static long first(List<Change> changes, String path) {
        return changes.stream()
                .filter(change -> change.isOn(path))
                .findFirst()
                .orElseThrow(() -> new AssertionError("never " + path + ": " + changes))
                .timeMs();
    }

    /** Why the newcomer's path is not direct; empty if it is. */
    String reason() {
        return ofLink("reason");
    }

    /** The endpoint to which the newcomer sends. */
    String endpoint() {
        return ofLink("endpoint");
    }

    private String ofLink(String name) {
        for (var peer : newcomer.status().getAsJsonObject("node").getAsJsonArray("peers")) {
            JsonObject each = peer.getAsJsonObject();
            JsonObject link = each.getAsJsonObject("link");
            if (each.get("name").getAsString().equals(nameOfOld)) {
                return link.has(name) ? link.get(name).getAsString() : "";
            }
        }
        throw new AssertionError("no link to " + nameOfOld);
    }
}
