// The contract as a page, by Swagger UI: what it tries out goes to this sandbox, and nothing is asked for elsewhere.

const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', paint);
paint();

SwaggerUIBundle({
  dom_id: '#contract',
  url: '../openapi.json',
  validatorUrl: null,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
});
