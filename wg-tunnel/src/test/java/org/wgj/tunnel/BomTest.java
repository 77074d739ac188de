// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import javax.xml.parsers.DocumentBuilderFactory;

/** The BOM has no parent, so nothing but this keeps it in step with the other POMs. */
class BomTest {
    private static final Path ROOT = Path.of("..");

    private static Document pom(Path folder) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(folder.resolve("pom.xml").toFile());
    }

    private static List<String> texts(Document pom, String tag) {
        var found = pom.getElementsByTagName(tag);
        return IntStream.range(0, found.getLength())
                .mapToObj(i -> ((Element) found.item(i)).getTextContent())
                .toList();
    }

    @Test
    void itHasTheVersionOfTheProject() throws Exception {
        assertEquals(
                texts(pom(ROOT), "version").getFirst(),
                texts(pom(ROOT.resolve("wg-bom")), "version").getFirst());
    }

    /** The publisher sets the address twice, since a BOM with a parent would bring its versions. */
    @Test
    void itHasTheAddressOfTheProject() throws Exception {
        for (String tag : List.of("wgj.url", "url")) {
            assertEquals(texts(pom(ROOT), tag), texts(pom(ROOT.resolve("wg-bom")), tag), tag);
        }
    }

    @Test
    void itListsEveryPublishedModule() throws Exception {
        TreeSet<String> published = new TreeSet<>();
        try (Stream<Path> folders = Files.list(ROOT)) {
            for (Path folder :
                    folders.filter(path -> Files.exists(path.resolve("pom.xml"))).toList()) {
                if (texts(pom(folder), "javadoc.skip").contains("false")) {
                    published.add(folder.getFileName().toString());
                }
            }
        }
        List<String> listed = texts(pom(ROOT.resolve("wg-bom")), "artifactId");
        TreeSet<String> modules = new TreeSet<>(listed.subList(1, listed.size())); // its own first
        assertEquals(published, modules);
        assertEquals(5, modules.size());
    }
}
