// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.mesh.map.MapJson;
import org.wgj.mesh.map.MeshMap;

import java.io.IOException;
import java.util.Optional;

/** The last map that a node accepted, as the file {@code map.json} of its folder. */
final class MapFile {
    static final String FILE = "map.json";

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

    static void write(NodeFolder folder, MeshMap map) throws IOException {
        folder.write(FILE, MapJson.write(map));
    }
}
