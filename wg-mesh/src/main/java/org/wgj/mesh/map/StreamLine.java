// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A line of the stream in which a coordinator sends maps to a node. As JSON it is <code>
 * {"full":MAP,"hash":HASH}</code>, <code>{"delta":DELTA}</code>, <code>{"rotate":[PLANE…]}</code>,
 * <code>{"watched":true}</code> or <code>{"alive":true}</code>.
 */
public sealed interface StreamLine {
    /** Tells only that the stream lives. */
    StreamLine ALIVE = new Alive();

    /**
     * A whole map.
     *
     * @param map the map
     * @param hash its hash, {@link MapNodes#hash}
     */
    record Full(MeshMap map, Bytes hash) implements StreamLine {
        public Full {
            Objects.requireNonNull(map, "map");
            Objects.requireNonNull(hash, "hash");
        }
    }

    /**
     * A difference to the map before.
     *
     * @param delta the difference
     */
    record Delta(MapDelta delta) implements StreamLine {
        public Delta {
            Objects.requireNonNull(delta, "delta");
        }
    }

    /** There is no change. */
    record Alive() implements StreamLine {}

    /** Somebody looks at the state of the mesh: the node shall look closely for a while. */
    record Watched() implements StreamLine {}

    /**
     * The node shall make new keys.
     *
     * @param planes in these planes, by their names
     */
    record Rotate(Set<String> planes) implements StreamLine {
        public Rotate {
            planes = Set.copyOf(planes);
        }
    }

    /**
     * Returns after how many seconds without a line a coordinator sends {@link #ALIVE}. Where nodes
     * can move to another coordinator they must notice soon that theirs is gone. A lone one has no
     * other to move to, and each line costs all nodes some 200 bytes.
     *
     * @param coordinators how many there are
     */
    static int aliveS(int coordinators) {
        return coordinators > 1 ? 4 : 20;
    }

    /**
     * Returns after how many seconds without a line a stream is dead: two lines were lost then.
     *
     * @param coordinators how many there are
     */
    static int silenceS(int coordinators) {
        return coordinators > 1 ? 10 : 50;
    }

    /**
     * Writes a map as a line.
     *
     * @param map the map
     * @return UTF-8 with the end of the line
     */
    static byte[] full(MeshMap map) {
        return line(
                JsonOut.write(
                        out -> {
                            out.object("full", o -> MapJson.map(o, map));
                            out.text("hash", MapNodes.hash(map).toString());
                        }));
    }

    /**
     * Writes a difference as a line.
     *
     * @param delta the difference
     * @return UTF-8 with the end of the line
     */
    static byte[] delta(MapDelta delta) {
        return line(JsonOut.write(out -> out.object("delta", o -> MapJson.delta(o, delta))));
    }

    /**
     * Writes the line that tells that the stream lives.
     *
     * @return UTF-8 with the end of the line
     */
    static byte[] alive() {
        return "{\"alive\":true}\n".getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Writes the line that tells that somebody looks at the state of the mesh.
     *
     * @return UTF-8 with the end of the line
     */
    static byte[] watched() {
        return "{\"watched\":true}\n".getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Writes the line that asks a node for new keys.
     *
     * @param planes the planes' names
     * @return UTF-8 with the end of the line
     */
    static byte[] rotate(Set<String> planes) {
        return line(JsonOut.write(out -> out.texts("rotate", planes.stream().sorted().toList())));
    }

    /**
     * Reads a line.
     *
     * @param line UTF-8 without the end of the line, at most {@value MapJson#MAX_BYTES} bytes
     * @return what it says; the hash of a map is not checked here
     * @throws IllegalArgumentException if it is none of these; the message says where
     */
    static StreamLine read(byte[] line) {
        return JsonIn.read(line, MapJson.MAX_BYTES, StreamLine::read);
    }

    private static StreamLine read(JsonIn in) {
        class Draft {
            MeshMap map;
            Bytes hash;
            MapDelta delta;
            List<String> rotate;
            boolean watched;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "full" -> draft.map = MapJson.map(in);
                        case "hash" -> draft.hash = MapJson.hash(in);
                        case "delta" -> draft.delta = MapJson.delta(in);
                        case "rotate" ->
                                draft.rotate =
                                        in.list(
                                                MapJson.MAX_PLANES,
                                                () -> in.text(MapJson.MAX_PLANE_NAME));
                        case "watched" -> draft.watched = in.flag();
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        if (draft.map != null) {
            return new Full(draft.map, in.required(draft.hash, "hash"));
        }
        if (draft.rotate != null) {
            return new Rotate(Set.copyOf(draft.rotate));
        }
        if (draft.watched) {
            return new Watched();
        }
        return draft.delta == null ? ALIVE : new Delta(draft.delta);
    }

    private static byte[] line(byte[] json) {
        byte[] line = Arrays.copyOf(json, json.length + 1);
        line[json.length] = '\n';
        return line;
    }
}
