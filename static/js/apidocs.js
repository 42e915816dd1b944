// The API documentation: Swagger UI on this server's own document, nothing from elsewhere.
import { at } from './base.js';

window.SwaggerUIBundle({
  url: at('/api/openapi.json'),
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: false,
  displayRequestDuration: true,
  // no badge of a validator elsewhere
  validatorUrl: null,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
});
