import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

import org.eclipse.leshan.client.LeshanClient;
import org.eclipse.leshan.client.LeshanClientBuilder;
import org.eclipse.leshan.client.engine.DefaultRegistrationEngineFactory;
import org.eclipse.leshan.client.object.Device;
import org.eclipse.leshan.client.object.Security;
import org.eclipse.leshan.client.object.Server;
import org.eclipse.leshan.client.observer.LwM2mClientObserverAdapter;
import org.eclipse.leshan.client.resource.ObjectsInitializer;
import org.eclipse.leshan.client.resource.SimpleInstanceEnabler;
import org.eclipse.leshan.client.servers.LwM2mServer;
import org.eclipse.leshan.core.LwM2mId;
import org.eclipse.leshan.core.ResponseCode;
import org.eclipse.leshan.core.request.BootstrapRequest;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.request.RegisterRequest;
import org.eclipse.leshan.transport.californium.client.endpoint.CaliforniumClientEndpointsProvider;
import org.eclipse.leshan.transport.californium.client.endpoint.coap.CoapClientProtocolProvider;
import org.eclipse.leshan.transport.californium.client.endpoint.coaps.CoapsClientProtocolProvider;

/**
 * Leshan's client with a Bootstrap-Server's account only: it bootstraps, then registers where it
 * was told to. Run from source:
 * java -cp 'LIB/*' LeshanDevice.java ENDPOINT URI CONTENT-FORMAT [IDENTITY KEY-HEX]
 * java -cp 'LIB/*' LeshanDevice.java ENDPOINT URI CONTENT-FORMAT x509 CERTIFICATE KEY SERVER
 * The latter are files of DER: its certificate, the PKCS #8 key to it, the server's certificate.
 */
public final class LeshanDevice {

    private LeshanDevice() {
    }

    private static Security account(String uri, String[] arguments) throws IOException {
        if (arguments.length == 7) {
            return Security.x509Bootstrap(uri, Files.readAllBytes(Path.of(arguments[4])),
                    Files.readAllBytes(Path.of(arguments[5])),
                    Files.readAllBytes(Path.of(arguments[6])));
        }
        if (arguments.length == 5) {
            return Security.pskBootstrap(uri, arguments[3].getBytes(),
                    HexFormat.of().parseHex(arguments[4]));
        }
        return Security.noSecBootstrap(uri);
    }

    public static void main(String[] arguments) throws IOException {
        String endpoint = arguments[0];
        String uri = arguments[1];
        ContentFormat preferred = ContentFormat.fromCode(Integer.parseInt(arguments[2]));
        Security account = account(uri, arguments);

        ObjectsInitializer objects = new ObjectsInitializer();
        objects.setInstancesForObject(LwM2mId.SECURITY, account);
        objects.setClassForObject(LwM2mId.SERVER, Server.class);
        objects.setClassForObject(LwM2mId.ACCESS_CONTROL, SimpleInstanceEnabler.class);
        objects.setInstancesForObject(LwM2mId.DEVICE, new Device("Test", "leshan", "1"));

        DefaultRegistrationEngineFactory engine = new DefaultRegistrationEngineFactory();
        engine.setPreferredContentFormat(preferred);

        LeshanClient client = new LeshanClientBuilder(endpoint)
                .setObjects(objects.createAll())
                .setRegistrationEngineFactory(engine)
                .setEndpointsProviders(List.of(new CaliforniumClientEndpointsProvider.Builder(
                        new CoapClientProtocolProvider(), new CoapsClientProtocolProvider())
                        .build()))
                .build();
        client.addObserver(new Narrator());
        client.start();
    }

    /** Tells what happens as lines of JSON. */
    private static final class Narrator extends LwM2mClientObserverAdapter {

        @Override
        public void onBootstrapSuccess(LwM2mServer server, BootstrapRequest request) {
            tell("bootstrapped", "");
        }

        @Override
        public void onBootstrapFailure(LwM2mServer server, BootstrapRequest request,
                ResponseCode code, String message, Exception cause) {
            tell("bootstrap_failed", code + " " + message + " " + cause);
        }

        @Override
        public void onBootstrapTimeout(LwM2mServer server, BootstrapRequest request) {
            tell("bootstrap_timeout", "");
        }

        @Override
        public void onRegistrationSuccess(LwM2mServer server, RegisterRequest request, String id) {
            tell("registered", server.getUri());
        }

        @Override
        public void onRegistrationFailure(LwM2mServer server, RegisterRequest request,
                ResponseCode code, String message, Exception cause) {
            tell("registration_failed", code + " " + message + " " + cause);
        }

        private static void tell(String event, String text) {
            System.out.println("{\"event\":\"" + event + "\",\"text\":\""
                    + text.replace("\\", "/").replace("\"", "'").replace("\n", " ") + "\"}");
            System.out.flush();
        }
    }
}
