// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.mesh.map.JsonIn;
import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.map.MapJson;
import org.wgj.mesh.map.MeshMap;

import java.io.IOException;
import java.util.Optional;

/** The last map that a node accepted, as the file {@code map.json} of its folder. */
final class MapFile {
    static final String FILE = "map.json";

    /** The member of the file that says that its nodes are marked if they take no relay. */
    private static final String MARKED = "has_direct_only";

    private static final Logger LOG = LoggerFactory.getLogger(MapFile.class);

    private MapFile() {}

    /**
     * Reads the map. A damaged file counts as missing: the coordinator has the map.
     *
     * @return the map; empty if there is none
     */
    static Optional<MeshMap> read(NodeFolder folder) throws IOException {
        Optional<byte[]> json = folder.read(FILE);
        try {
            return json.map(MapJson::readMap);
        } catch (IllegalArgumentException e) {
            LOG.warn("{} is damaged and not used: {}", folder.path().resolve(FILE), e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Returns whether a version wrote the file that left out which nodes take no relay. Only a
     * whole map tells that: differences do not repeat what has not changed.
     *
     * @return false also without a file, or with a damaged one
     */
    static boolean lacksMarks(NodeFolder folder) throws IOException {
        Optional<byte[]> json = folder.read(FILE);
        try {
            return json.isPresent() && !JsonIn.read(json.get(), MapJson.MAX_BYTES, MapFile::marked);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean marked(JsonIn in) {
        boolean[] marked = {false};
        in.object(
                name -> {
                    if (!name.equals(MARKED)) {
                        return false;
                    }
                    marked[0] = in.flag();
                    return true;
                });
        return marked[0];
    }

    static void write(NodeFolder folder, MeshMap map) throws IOException {
        folder.write(
                FILE,
                JsonOut.write(
                        out -> {
                            MapJson.map(out, map);
                            out.flag(MARKED, true);
                        }));
    }
}
