// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.coordinator.registry.RefusedException;
import org.wgj.lab.Await;
import org.wgj.lab.Repository;
import org.wgj.mesh.status.LinkKind;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/**
 * The coordinator's page in a real browser, with nodes that report through their tunnels. Each test
 * ends with a look at what the browser asked for and complained of.
 */
@Tag("root")
@Timeout(180)
class MeshPageTest {
    private static final String HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>";

    @TempDir private static Path folder;

    private static PageMesh mesh;
    private static Browser browser;

    private final List<String> expectedComplaints = new ArrayList<>();
    private BrowserTab tab;
    private String otherUrl = "about:blank";

    @BeforeAll
    static void start() throws Exception {
        browser = new Browser(folder);
        mesh = new PageMesh(folder);
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
        if (mesh != null) {
            mesh.close();
        }
    }

    @BeforeEach
    void open() throws IOException {
        mesh.direct()
                .says("db-1", "db-2", LinkKind.LAN, "")
                .says("db-2", "db-1", LinkKind.LAN, "")
                .says("edge", "nas", LinkKind.RELAY, "sym_sym")
                .says("nas", "edge", LinkKind.RELAY, "sym_sym")
                .says("web-2", "nas", LinkKind.BROKEN, "udp_blocked")
                .report();
        tab = browser.tab();
    }

    @AfterEach
    void nothingElseHappened() {
        if (tab == null) {
            return; // the browser did not open one, which has failed already
        }
        List<String> elsewhere =
                tab.requests().stream()
                        .filter(url -> !url.startsWith(mesh.url()))
                        .filter(url -> !url.equals("about:blank"))
                        .filter(url -> !url.startsWith(otherUrl))
                        .toList();
        List<String> complaints = tab.complaints();
        tab.close();
        if (expectedComplaints.isEmpty()) {
            assertEquals(List.of(), elsewhere, "requests to other hosts");
            assertEquals(List.of(), complaints);
        }
    }

    /** Waits for the mesh's state of now: the coordinator keeps one for a second or more. */
    private void goTo(String path, String condition) {
        Await.until(
                condition,
                () -> {
                    tab.goTo(mesh.url() + path);
                    return tab.isTrue(condition);
                });
    }

    private void goToMesh() {
        goTo("/", "document.querySelectorAll('.matrix td a').length === 3");
    }

    private List<String> violations() throws IOException {
        Path script = Repository.peers().resolve("axe/axe.min.js");
        assumeTrue(Files.exists(script), "axe-core could not be fetched from npm's registry");
        String axe = Files.readString(script);
        JsonObject result =
                tab.beside(axe, "axe.run(document, {resultTypes: ['violations']})")
                        .getAsJsonObject();
        assertTrue(result.getAsJsonArray("passes").size() > 15, "it has looked: " + result);
        List<String> found = new ArrayList<>();
        for (JsonElement each : result.getAsJsonArray("violations")) {
            found.add(violation(each.getAsJsonObject()));
        }
        return found;
    }

    private static String violation(JsonObject violation) {
        JsonArray nodes = violation.getAsJsonArray("nodes");
        JsonObject first = nodes.get(0).getAsJsonObject();
        return "%s %s, %d times: %s %s"
                .formatted(
                        violation.get("impact").getAsString(),
                        violation.get("id").getAsString(),
                        nodes.size(),
                        first.get("html").getAsString(),
                        first.get("failureSummary").getAsString());
    }

    @Test
    void everybodyCanReadItInLightAndDark() throws IOException {
        goToMesh();
        for (String scheme : List.of("light", "dark")) {
            tab.media("prefers-color-scheme", scheme);
            assertTrue(tab.isTrue("matchMedia('(prefers-color-scheme: " + scheme + ")').matches"));

            assertEquals(List.of(), violations(), scheme);
        }
        tab.media("prefers-color-scheme", "light");
        BufferedImage picture =
                ImageIO.read(
                        new ByteArrayInputStream(
                                tab.screenshot("document.getElementById('approvals')")));
        assertEquals(1_000, picture.getWidth());
        assertTrue(picture.getHeight() > 800, "pixels: " + picture.getHeight());
        keep(picture, Repository.folder().resolve("wg-daemon/target/mesh-page.png"));
    }

    /** Writes a picture as small as it gets, for the documentation. */
    private static void keep(BufferedImage picture, Path file) throws IOException {
        Files.deleteIfExists(file);
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
            ImageWriteParam smallest = writer.getDefaultWriteParam();
            smallest.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            smallest.setCompressionQuality(0);
            writer.setOutput(out);
            writer.write(null, new IIOImage(picture, null, null), smallest);
        } finally {
            writer.dispose();
        }
    }

    @Test
    void itIsCompleteWithoutScripts() {
        tab.call("Emulation.setScriptExecutionDisabled", "value", true);
        goToMesh();

        assertEquals(0, tab.count("#pause"), "no script ran");
        assertEquals("Mesh prod", tab.text("document.querySelector('h1').innerText"));
        assertEquals(
                "6 nodes, 14 of 15 links up, 12 direct, 1 lan, 1 relay, 1 broken",
                tab.text("document.getElementById('totals').innerText"));
        assertEquals(36, tab.count(".matrix tbody td"));
        String why = tab.text("document.getElementById('why').innerText");
        assertTrue(why.contains("udp_blocked: nothing comes back by UDP"), why);
        assertTrue(why.contains("sym_sym: both routers"), why);
        assertEquals(6, tab.count("#nodes tbody tr"));
        assertEquals(6, tab.count("svg .node"));
        String doctor = tab.text("document.getElementById('doctor').innerText");
        assertTrue(doctor.contains("D1 peers"), doctor);
        assertTrue(doctor.contains("D20 left open"), doctor);
        String relay = tab.text("document.getElementById('relay').innerText");
        assertTrue(relay.contains("2 reports of links that use a relay"), relay);
        assertTrue(relay.contains("6 of 6"), relay);
        assertTrue(tab.text("document.getElementById('tokens').innerText").contains("live"));
        assertTrue(tab.text("document.getElementById('approvals').innerText").contains("printer"));
        assertTrue(tab.text("document.getElementById('audit').innerText").contains("join"));

        tab.click("#find");
        tab.type("WEB");
        tab.loading(() -> tab.click("form button"));
        assertEquals(2, tab.count("#nodes tbody tr"));
        assertEquals(12, tab.count(".matrix tbody td"));
        tab.loading(() -> tab.click("form a"));
        assertEquals(6, tab.count("#nodes tbody tr"));
    }

    @Test
    void keyboardReachesTheReasonOfALetter() {
        goToMesh();

        Await.until(
                "the focus is on a letter",
                () -> {
                    tab.press("Tab");
                    return tab.isTrue("!!document.activeElement.closest('.matrix td')");
                });
        String title = tab.text("document.activeElement.title");
        assertTrue(title.contains("web-2 to nas: broken, udp_blocked: nothing comes"), title);
        tab.press("Enter");
        Await.until("its row", () -> tab.isTrue("!!document.querySelector('tr:target')"));
        String row = tab.text("document.querySelector('tr:target').innerText");
        assertTrue(row.contains("udp_blocked"), row);
    }

    @Test
    void scriptFiltersAndRenewsInPlace() throws IOException {
        goToMesh();
        tab.evaluate("window.kept = true");

        tab.click("#find");
        tab.type("db");
        Await.until("filtered", () -> tab.count("#nodes tbody tr") == 2);
        assertTrue(tab.text("location.search").equals("?find=db"));
        assertTrue(tab.isTrue("document.activeElement.id === 'find'"), "the focus stays");

        mesh.says("db-1", "edge", LinkKind.RELAY, "mtu").report();
        Await.until("renewed", () -> tab.count(".matrix td.relay") == 1);
        assertTrue(tab.text("document.getElementById('totals').innerText").contains("2 relay"));
        tab.click("#pause");
        assertEquals("Resume updates", tab.text("document.getElementById('pause').innerText"));
        assertTrue(tab.isTrue("window.kept"), "it is still the same page");
    }

    @Test
    void whatNodesSayIsTextOnly() throws Exception {
        mesh.says("web-1", "web-2", LinkKind.RELAY, HOSTILE).report(HOSTILE);
        assertThrows(RefusedException.class, () -> mesh.rename("db-1", HOSTILE));
        goTo(
                "/",
                "document.body.innerText.includes("
                        + BrowserTab.quoted(HOSTILE)
                        + ") && document.querySelectorAll('td.relay a').length === 3");
        String reason =
                "[...document.querySelectorAll('#why td')].some(e => e.textContent === "
                        + BrowserTab.quoted(HOSTILE)
                        + ")";
        String version = reason.replace("#why td", "#nodes td:last-child");
        for (String shown : List.of(reason, version)) {
            assertTrue(tab.isTrue(shown), shown);
        }
        assertEquals(0, tab.count("img"));
        assertEquals(1, tab.count("script"));

        tab.click("#find");
        tab.type(HOSTILE.substring(0, 20));
        Await.until("filtered", () -> tab.text("location.search").startsWith("?find=%3Cimg"));
        Await.until("shown", () -> tab.count("#nodes tbody tr") == 6);
        assertEquals(0, tab.count("img"));
    }

    @Test
    void aForgedNameIsTextOnly(@TempDir Path other) throws IOException {
        try (PageMesh forged = new PageMesh(other, HOSTILE)) {
            otherUrl = forged.url();
            tab.goTo(forged.url() + "/");
            for (String where : List.of("#links", "#nodes", "#drawing")) {
                String shown =
                        "document.querySelector('%s').textContent.includes(%s)"
                                .formatted(where, BrowserTab.quoted(HOSTILE));
                assertTrue(tab.isTrue(shown), where);
            }
            assertEquals(0, tab.count("img"));
            assertEquals(1, tab.count("script"));
        }
    }

    /** Serves a page of another origin that does what it can with ours. */
    @Test
    void foreignPagesGetNothing() throws IOException {
        expectedComplaints.add("refused");
        HttpServer foreign =
                HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        String frame = "<!DOCTYPE html><title>foreign</title><iframe src='" + mesh.url() + "/'>";
        foreign.createContext(
                "/",
                exchange -> {
                    byte[] body = frame.getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().add("Content-Type", "text/html");
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        foreign.start();
        try {
            tab.goTo("http://127.0.0.1:" + foreign.getAddress().getPort() + "/");
            Await.until(
                    "the frame is refused",
                    () -> tab.complaints().stream().anyMatch(c -> c.contains("frame-ancestors")));
            assertEquals(
                    "refused",
                    tab.text("fetch('" + mesh.url() + "/').then(() => 'read', () => 'refused')"));
            assertEquals(
                    "refused",
                    tab.text(
                            "new Promise(done => { const s = document.createElement('script');"
                                    + " s.onload = () => done('run'); s.onerror = () =>"
                                    + " done('refused'); s.src = '"
                                    + mesh.url()
                                    + "/page/page.js'; document.head.append(s); })"));

            tab.goTo(mesh.url().replace("127.0.0.1", "rebind.test") + "/");
            String rebound = tab.text("document.body.innerText");
            assertTrue(rebound.contains("wrong_host"), rebound);
            assertFalse(rebound.contains("web-1"), rebound);
        } finally {
            foreign.stop(0);
        }
    }
}
